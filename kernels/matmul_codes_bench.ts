import { emit, traits } from "../gpu/record.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { codesTileFor } from "./matmul_codes.ts";

const bench = suite("matmul_codes");

// Layers of the tiny model and of Wan-1.3B; kernels/matmul_bench.ts has the floats.
const SHAPES = [
  [2048, 128, 512],
  [2048, 512, 128],
  [512, 1536, 1536],
  [128, 1536, 8960],
] as const;

for (const [M, K, N] of SHAPES) {
  const blocks = Math.ceil(K / 32);
  const [token, vector] = [buffer(4 * M), buffer(N)];
  const y = buffer(M * N);
  for (const [weights, activations] of [[4, 4], [3, 3], [4, 8]] as const) {
    const BYTES = activations > 4;
    const words = Math.ceil(K * weights / 32);
    const codes = buffer(M * blocks * (BYTES ? 8 : 4));
    const w = buffer(N * words);
    const name = `W${weights}A${activations}`;
    bench(name, `${M} x ${K} x ${N}`, { flops: 2 * M * K * N }, () => {
      const tile = codesTileFor(M, { weights, activations }, words, traits());
      emit(
        tile.kernel,
        {
          x: codes,
          w,
          token,
          scale: vector,
          zero: vector,
          row_sums: vector,
          bias: vector,
          y,
        },
        [Math.ceil(N / tile.columns), Math.ceil(M / tile.rows)],
        {
          params: { m: M, n: N, blocks, words, biased: 0 },
          constants: tile.constants,
        },
      );
    });
  }
}

import { emit, traits } from "../gpu/record.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { codesTileFor } from "./matmul_codes_tiles.ts";

const bench = suite("matmul_codes");

// Layers of the tiny model and of Wan-1.3B; kernels/matmul_bench.ts has the floats.
const SHAPES = [
  [4, 1536, 1536],
  [2048, 128, 512],
  [2048, 512, 128],
  [512, 1536, 1536],
  [128, 1536, 8960],
] as const;

for (const [M, K, N] of SHAPES) {
  const blocks = Math.ceil(K / 32);
  const [token, outputs, y] = [4 * M, 4 * N * blocks, M * N].map((n) =>
    buffer(n)
  );
  const x = buffer(M * blocks * 8);
  const forms = [[3, 3], [4, 4], [4, 6], [4, 8], [8, 8]] as const;
  for (const [weights, activations] of forms) {
    const words = Math.ceil(K * weights / 32);
    const w = buffer(N * words);
    for (
      const group of weights === 4 && activations === 4 ? [blocks, 2] : [blocks]
    ) {
      const GROUPED = group < blocks;
      const name = `W${weights}A${activations}${GROUPED ? " groups" : ""}`;
      bench(name, `${M} x ${K} x ${N}`, { flops: 2 * M * K * N }, () => {
        const shape = { m: M, n: N, weights, activations, words };
        const tile = codesTileFor(shape, traits());
        const unused = { gate: token!, residual: token! };
        emit(
          tile.kernel,
          {
            x,
            w,
            token: token!,
            token_sums: x,
            outputs: outputs!,
            y: y!,
            ...unused,
          },
          [Math.ceil(N / tile.columns), Math.ceil(M / tile.rows)],
          {
            params: {
              m: M,
              first: 0,
              n: N,
              blocks,
              words,
              group,
              flush: Math.min(tile.flush, group),
              activation: 0,
              gated: 0,
              residual: 0,
            },
            constants: { ...tile.constants, ...(GROUPED && { GROUPED }) },
          },
        );
      });
    }
  }
}

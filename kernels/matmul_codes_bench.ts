import { packedLayer, packedLinear } from "../autograd/packed_linear.ts";
import { filled, input, suite } from "./lib/bench_suite.ts";

const bench = suite("matmul_codes");

// Layers of the tiny model and of Wan-1.3B; kernels/matmul_bench.ts has the floats.
const SHAPES = [
  [4, 1536, 1536],
  [2048, 128, 512],
  [2048, 512, 128],
  [512, 1536, 1536],
  [128, 1536, 8960],
] as const;

const FORMS = [[3, 3], [4, 4], [4, 6], [4, 8], [8, 8]] as const;

for (const [M, K, N] of SHAPES) {
  for (const [bits, activations] of FORMS) {
    const sizes = bits === 4 && activations === 4 ? [K, 64] : [K];
    for (const groupSize of sizes) {
      const name = `W${bits}A${activations}${groupSize < K ? " groups" : ""}`;
      bench(name, `${M} x ${K} x ${N}`, { flops: 2 * M * K * N }, () => {
        const words = Math.ceil(K * bits / 32);
        const qweight = input([N, words], { dtype: "u32" });
        const codes = { qweight, bits, inputs: K, groupSize };
        const scales = [N, Math.ceil(K / groupSize)];
        const grid = { scale: filled(scales, 1), zero: input(scales) };
        const layer = packedLayer(codes, grid, { bits: activations });
        return packedLinear(input([M, K]), layer);
      }, /^matmul_codes/);
    }
  }
}

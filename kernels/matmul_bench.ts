import { product } from "../autograd/product.ts";
import { input, suite } from "./lib/bench_suite.ts";

const bench = suite("matmul");

// The tiny model's layers (2048 tokens, 128 and 256 wide), and Wan-1.3B's.
const SHAPES = [
  [2048, 128, 128],
  [2048, 128, 512],
  [2048, 512, 128],
  [2048, 256, 256],
  [2048, 256, 1024],
  [128, 2048, 128], // a weight's gradient
  [512, 2048, 128],
  [8, 256, 1536], // conditioning of a batch
  [256, 768, 3072],
  [512, 1536, 1536],
  [1024, 1536, 1536],
  [2048, 1536, 1536],
  [512, 1536, 8960],
  [512, 8960, 1536],
] as const;

const KINDS = [
  "f32 weight",
  "f16 weight",
  "f32 weight [K, N]",
  "x^T w, of [K, M] and [K, N]",
] as const;

for (const [M, K, N] of SHAPES) {
  for (const kind of M === 1024 ? KINDS : KINDS.slice(0, 1)) {
    const half = kind === "f16 weight";
    const turned = kind === "f32 weight [K, N]";
    const outer = kind === KINDS[3];
    bench(kind, `${M} x ${K} x ${N}`, { flops: 2 * M * K * N }, () => {
      const x = input(outer ? [K, M] : [M, K]);
      const shape = turned || outer ? [K, N] : [N, K];
      const w = input(shape, { dtype: half ? "f16" : "f32" });
      return product(x, w, { turned, outer });
    });
  }
}

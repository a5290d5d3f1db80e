import { rope } from "../autograd/rope.ts";
import { input, suite } from "./lib/bench_suite.ts";

const bench = suite("rope");

// Tokens, heads and their width: the tiny model, one twice as wide, and Wan-1.3B.
const SHAPES = [[2048, 4, 32], [2048, 8, 32], [1024, 12, 128]] as const;
for (const [rows, heads, Dh] of SHAPES) {
  const label = `${rows} x ${heads} heads of ${Dh}`;
  for (const width of [Dh, Dh - 2]) {
    const bytes = 8 * rows * (heads + 1) * width;
    bench(width === Dh ? "" : "unaligned", label, { bytes }, () => {
      const [cos, sin] = [input([rows, width]), input([rows, width])];
      return rope(input([1, rows, heads, width]), cos, sin);
    });
  }
}

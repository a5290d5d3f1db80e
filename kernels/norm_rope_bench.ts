import { rmsNormRope } from "../autograd/norm_rope.ts";
import { input, suite } from "./lib/bench_suite.ts";

const bench = suite("norm_rope");

// Tokens, heads and their width: the tiny model and Wan-1.3B.
const SHAPES = [[2048, 4, 32], [1024, 12, 128]] as const;
for (const [rows, heads, Dh] of SHAPES) {
  const columns = heads * Dh;
  const label = `${rows} x ${heads} heads of ${Dh}`;
  const bytes = 8 * rows * (columns + Dh);
  bench("rmsNorm", label, { bytes }, () => {
    const [cos, sin] = [input([rows, Dh]), input([rows, Dh])];
    const [x, weight] = [input([1, rows, columns]), input([columns])];
    return rmsNormRope(x, weight, cos, sin, { eps: 1e-6, heads });
  });
}

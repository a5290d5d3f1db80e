import { groupNorm } from "../autograd/group_norm.ts";
import { backward, input, suite } from "./lib/bench_suite.ts";

const bench = suite("group_norm");

// Layers of CogVideoX's decoder: rows of a tile and channels.
for (const [rows, C] of [[8192, 128], [4096, 512]] as const) {
  const size = `${rows} x ${C}`;
  const layer = () => {
    const x = input([1, rows, C]);
    const [weight, bias] = [input([C]), input([C])];
    return { x, y: groupNorm(x, { groups: 32, eps: 1e-6, weight, bias }) };
  };
  const n = rows * C;
  const trace = () => layer().y;
  bench("statistics", size, { bytes: 4 * n }, trace, /moments$|statistics$/);
  bench("forward", size, { bytes: 8 * n }, trace, /forward$/);
  bench("backward", size, { bytes: 12 * n }, () => {
    const { x, y } = layer();
    return backward(y, x);
  }, /backward$/);
}

import { permute } from "../autograd/axes.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { input, suite } from "./lib/bench_suite.ts";

const bench = suite("strided");
const HEAD = 32;

for (const { rows, columns, n, label } of ACTIVATIONS) {
  bench("heads to the front", label, { bytes: 8 * n }, () => {
    return permute(input([rows, columns / HEAD, HEAD]), [1, 0, 2]);
  });
  bench("permute word by word", label, { bytes: 8 * n }, () => {
    return permute(input([rows, columns]), [1, 0]);
  });
}

import { summed } from "../autograd/product.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { input, suite } from "./lib/bench_suite.ts";

const bench = suite("column_sums");

for (const { rows, columns, n, label } of ACTIVATIONS) {
  bench("", label, { bytes: 4 * n }, () => summed(input([rows, columns]), 0));
}

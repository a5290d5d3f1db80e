import { transposed } from "../autograd/product.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { input, suite } from "./lib/bench_suite.ts";

const bench = suite("transpose");

for (const { rows, columns, n, label } of ACTIVATIONS) {
  bench("", label, { bytes: 8 * n }, () => transposed(input([rows, columns])));
}

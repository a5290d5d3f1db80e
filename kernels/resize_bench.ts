import { resized, widened } from "../autograd/product.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { input, suite } from "./lib/bench_suite.ts";

const bench = suite("resize");

for (const { rows, columns, n, label } of ACTIVATIONS) {
  const bytes = 4 * (2 * n - 2 * rows);
  bench("pad by 2 columns", label, { bytes }, () => {
    return resized(input([rows, columns - 2]), rows, columns);
  });
  bench("widen f16", label, { bytes: 6 * n }, () => {
    return widened(input([rows, columns], { dtype: "f16" }));
  });
}

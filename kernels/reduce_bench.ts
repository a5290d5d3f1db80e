import { amax, sum } from "../autograd/reductions.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { input, suite } from "./lib/bench_suite.ts";

const bench = suite("reduce");

for (const { rows, columns, n, label } of ACTIVATIONS) {
  const bytes = 4 * n;
  bench("sum of rows", label, { bytes }, () => {
    return sum(input([rows, columns]), [1]);
  });
  for (const width of [columns, columns - 1]) {
    const name = `amax of columns${width === columns ? "" : ", unaligned"}`;
    bench(name, label, { bytes }, () => amax(input([rows, width]), [0]));
  }
}

import { weightRange } from "../autograd/weight_range.ts";
import { WEIGHTS } from "./lib/bench_sizes.ts";
import { input, suite } from "./lib/bench_suite.ts";

const bench = suite("weight_range");
const TRIED = 80 * 14; // operations a weight, about: of each of 80 ranges

for (const { rows, columns, n, label } of WEIGHTS) {
  for (const range of ["minmax", "mse"] as const) {
    const work = range === "mse" ? { flops: TRIED * n } : { bytes: 4 * n };
    bench(range, label, work, () => {
      const w = input([rows, columns]);
      const { scale, zero } = weightRange(w, { bits: 4, range });
      return [scale, zero];
    });
  }
}

import { WEIGHTS } from "./lib/bench_sizes.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { emitRows } from "./lib/rows.ts";
import { weightRangeRows } from "./weight_range.ts";

const bench = suite("weight_range");
const TRIED = 80 * 14; // operations a weight, about: of each of 80 ranges

for (const size of WEIGHTS) {
  const { rows, n, label } = size;
  const tensors = { w: buffer(n), scale: buffer(rows), zero: buffer(rows) };
  for (const SEARCH of [false, true]) {
    const work = SEARCH ? { flops: TRIED * n } : { bytes: 4 * n };
    bench(SEARCH ? "mse" : "minmax", label, work, () => {
      emitRows(weightRangeRows, tensors, size, {
        params: { top: 15 },
        constants: { INTEGER_ZERO: false, SEARCH },
      });
    });
  }
}

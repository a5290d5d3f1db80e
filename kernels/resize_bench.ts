import { emit, spread } from "../gpu/record.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { resize } from "./resize.ts";

const bench = suite("resize");

for (const { rows, columns, n, label } of ACTIVATIONS) {
  const y = buffer(n);
  for (const HALF of [false, true]) {
    const from = HALF ? columns : columns - 2;
    const x = buffer(rows * from / (HALF ? 2 : 1));
    const bytes = (HALF ? 2 : 4) * rows * from + 4 * n;
    bench(HALF ? "widen f16" : "pad by 2 columns", label, { bytes }, () => {
      emit(resize, { x, y }, spread(n, 256), {
        params: { from_rows: rows, from_columns: from, rows, columns },
        constants: { HALF },
      });
    });
  }
}

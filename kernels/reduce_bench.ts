import { emit, spread } from "../gpu/record.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { columns1, columns4, REDUCE, rows4 } from "./reduce.ts";
import { lanes } from "./stream.ts";

const bench = suite("reduce");

// The first pass of each, which has the work; long axes are cut into parts.
for (const { rows, columns, n, label } of ACTIVATIONS) {
  const x = buffer(n);
  const inRow = columns <= 8192 ? 1 : Math.ceil(columns / 4096);
  const ofRows = buffer(rows * inRow);
  bench("sum of rows", label, { bytes: 4 * n }, () => {
    emit(rows4, { x4: x, y1: ofRows }, spread(rows * inRow, 1), {
      params: {
        outputs: rows * inRow,
        length: columns / 4,
        inner: 1,
        chunk: Math.min(columns, inRow > 1 ? 4096 : columns) / 4,
        parts: inRow,
        factor: 1,
      },
      constants: { OP: REDUCE.sum, LANES: lanes() },
    });
  });

  const chunk = 64;
  const parts = rows / chunk;
  const y = buffer(parts * columns);
  for (const unit of [4, 1]) {
    const name = `amax of columns${unit === 4 ? "" : ", unaligned"}`;
    bench(name, label, { bytes: 4 * n }, () => {
      const inner = columns / unit;
      const outputs = parts * inner;
      const groups = spread(outputs, lanes());
      const options = {
        params: { outputs, length: rows, inner, chunk, parts, factor: 1 },
        constants: { OP: REDUCE.amax, LANES: lanes() },
      };
      if (unit === 4) emit(columns4, { x4: x, y4: y }, groups, options);
      else emit(columns1, { x1: x, y1: y }, groups, options);
    });
  }
}

import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { emitRows } from "./lib/rows.ts";
import { gatedRows, modulateRows } from "./modulate.ts";

const bench = suite("modulate");

for (const size of ACTIVATIONS) {
  const { rows, columns, n, label } = size;
  const [x, residual, y] = [buffer(n), buffer(n), buffer(n)];
  const [gain, shift] = [buffer(columns), buffer(columns)];
  bench("", label, { bytes: 8 * n }, () => {
    emitRows(modulateRows, { x, gain, shift, y }, size, {
      params: { span: rows, one: 1 },
      constants: { SHIFT: true },
    });
  });
  bench("gated", label, { bytes: 12 * n }, () => {
    emitRows(gatedRows, { x, residual, gain, y }, size, {
      params: { span: rows, one: 0 },
    });
  });
}

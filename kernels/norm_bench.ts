import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { emitRows } from "./lib/rows.ts";
import { normBackward, normForward } from "./norm.ts";

const bench = suite("norm");

for (const size of ACTIVATIONS) {
  const { rows, columns, n, label } = size;
  const [x, y, dy, dx] = [buffer(n), buffer(n), buffer(n), buffer(n)];
  const [gain, shift] = [buffer(columns), buffer(columns)];
  const stats = buffer(2 * rows);
  for (const CENTRE of [true, false]) {
    const name = CENTRE ? "layerNormModulate" : "rmsNorm";
    const options = {
      params: { span: rows, count: columns, eps: 1e-6, one: CENTRE ? 1 : 0 },
      constants: { CENTRE, GAIN: true, SHIFT: CENTRE },
    };
    bench(name, label, { bytes: 8 * n }, () => {
      emitRows(normForward, { x, gain, shift, y, stats }, size, options);
    });
    bench(`${name} dx`, label, { bytes: 12 * n }, () => {
      const tensors = { x, gain, seen: stats, dy, dx, before: x };
      emitRows(normBackward, tensors, size, options);
    });
  }
}

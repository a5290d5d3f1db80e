import {
  fakeQuantActivationBackward,
  fakeQuantActivationForward,
} from "./fake_quant_activation.ts";
import { ACTIVATIONS } from "./lib/bench_sizes.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { emitRows } from "./lib/rows.ts";

const bench = suite("fake_quant_activation");

for (const size of ACTIVATIONS) {
  const { rows, n, label } = size;
  const [x, y, dy, dx] = [buffer(n), buffer(n), buffer(n), buffer(n)];
  const [logit, index] = [buffer(1), buffer(1)];
  const [extremes, dranges] = [buffer(2 * rows), buffer(2 * rows)];
  const ranges = { upper: logit, lower: logit, index };
  const options = {
    params: { tokens: rows, top: 15, ratio: 0.95 },
    constants: { LEARNED: true },
  };
  bench("forward", label, { bytes: 8 * n }, () => {
    const tensors = { x, ...ranges, y, extremes };
    emitRows(fakeQuantActivationForward, tensors, size, options);
  });
  bench("dx dranges", label, { bytes: 12 * n }, () => {
    const tensors = { x, ...ranges, seen: extremes, dy, dx, dranges };
    emitRows(fakeQuantActivationBackward, tensors, size, options);
  });
}

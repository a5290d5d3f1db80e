import {
  fakeQuantWeightBackward,
  fakeQuantWeightForward,
  weightEncode,
} from "./fake_quant_weight.ts";
import { WEIGHTS } from "./lib/bench_sizes.ts";
import { buffer, suite } from "./lib/bench_suite.ts";
import { emitRows } from "./lib/rows.ts";

const bench = suite("fake_quant_weight");

for (const size of WEIGHTS) {
  const { rows, n, label } = size;
  const [w, y, dy, dw] = [buffer(n), buffer(n), buffer(n), buffer(n)];
  const [scale, zero, dscale, dzero] = [0, 1, 2, 3].map(() => buffer(rows));
  const grid = { scale: scale!, zero: zero! };
  const params = { pieces: 1, top: 15, grad_factor: 1 };
  const options = { params, constants: { INTEGER_ZERO: false } };
  for (const BRANCH of [false, true]) {
    const name = `forward${BRANCH ? " + branch" : ""}`;
    bench(name, label, { bytes: (BRANCH ? 12 : 8) * n }, () => {
      const constants = { ...options.constants, BRANCH };
      const tensors = { w, ...grid, branch: dy, y };
      emitRows(fakeQuantWeightForward, tensors, size, { params, constants });
    });
  }
  bench("dw ds dz", label, { bytes: 12 * n }, () => {
    const tensors = {
      w,
      ...grid,
      dy,
      dw,
      dscale: dscale!,
      dzero: dzero!,
    };
    emitRows(fakeQuantWeightBackward, tensors, size, options);
  });
  bench("codes", label, { bytes: 8 * n }, () => {
    emitRows(weightEncode, { w, ...grid, y }, size, options);
  });
}

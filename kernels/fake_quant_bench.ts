import {
  fakeQuantActivationBackward,
  fakeQuantActivationForward,
} from "./fake_quant_activation.ts";
import {
  fakeQuantWeightBackward,
  fakeQuantWeightForward,
} from "./fake_quant_weight.ts";
import { benchKernel, buffer } from "./lib/bench.ts";
import { emitRows } from "./lib/rows.ts";
import { weightRangeRows } from "./weight_range.ts";

const [x, y, dy, dx] = [0, 1, 2, 3].map(() => buffer(1536 * 1536));
const [a, b, c, d] = [0, 1, 2, 3].map(() => buffer(2 * 2048));

// A layer's weight and its tokens, in the tiny model and in Wan-1.3B.
for (const [rows, columns] of [[512, 128], [1536, 1536]] as const) {
  const n = rows * columns;
  const name = `${rows} x ${columns}`;
  const size = { rows, columns };
  const options = {
    params: { pieces: 1, top: 15, grad_factor: 1 },
    constants: { INTEGER_ZERO: false },
  };
  const grid = { scale: a!, zero: b! };
  benchKernel("fakeQuantWeight", name, { bytes: 8 * n }, () =>
    emitRows(
      fakeQuantWeightForward,
      { w: x!, ...grid, branch: x!, y: y! },
      size,
      { ...options, constants: { ...options.constants, BRANCH: false } },
    ));
  benchKernel(
    "fakeQuantWeight dw ds dz",
    name,
    { bytes: 12 * n },
    () =>
      emitRows(
        fakeQuantWeightBackward,
        { w: x!, ...grid, dy: dy!, dw: dx!, dscale: c!, dzero: d! },
        size,
        options,
      ),
  );
  // Eighty tries of about 14 operations a weight.
  benchKernel(
    "weightRange mse",
    name,
    { flops: 80 * 14 * n },
    () =>
      emitRows(weightRangeRows, { w: x!, ...grid }, size, {
        params: { top: 15 },
        constants: { INTEGER_ZERO: false, SEARCH: true },
      }),
  );
}

for (const [rows, columns] of [[2048, 128], [1024, 1536]] as const) {
  const n = rows * columns;
  const name = `${rows} x ${columns}`;
  const size = { rows, columns };
  const options = {
    params: { tokens: rows, top: 15, clip: 0.95 },
    constants: { LEARNED: true },
  };
  const index = b!; // zeros: the first pair
  const clips = { upper: a!, lower: a!, index };
  benchKernel("fakeQuantActivation", name, { bytes: 8 * n }, () =>
    emitRows(
      fakeQuantActivationForward,
      { x: x!, ...clips, y: y!, extremes: c! },
      size,
      options,
    ));
  benchKernel("fakeQuantActivation dx", name, { bytes: 12 * n }, () =>
    emitRows(
      fakeQuantActivationBackward,
      { x: x!, ...clips, seen: c!, dy: dy!, dx: dx!, dclips: d! },
      size,
      options,
    ));
}

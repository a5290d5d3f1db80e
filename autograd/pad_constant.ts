import { full } from "./full.ts";
import { differentiable } from "./op.ts";
import { requireF32, rowMajor } from "./shapes.ts";
import { slice } from "./slice.ts";
import { copyStrided } from "./strided.ts";
import type { Tensor } from "./tensor.ts";

/** x with `value` around it: [before, after] elements for each axis, in order. */
export function padConstant(
  x: Tensor,
  pads: readonly (readonly [before: number, after: number])[],
  value = 0,
): Tensor {
  requireF32("padConstant", x);
  const counts = pads.flat();
  if (
    pads.length !== x.shape.length ||
    !counts.every((n) => Number.isInteger(n) && n >= 0)
  ) {
    throw new RangeError(
      `Cannot pad [${x.shape}]: it takes two counts an axis, found [${counts}]`,
    );
  }
  const y = full(x.shape.map((n, i) => n + pads[i]![0] + pads[i]![1]), value);
  const strides = rowMajor(y.shape);
  copyStrided("padConstant", x.shape, {
    tensor: x,
    strides: rowMajor(x.shape),
  }, {
    tensor: y,
    strides,
    start: strides.reduce((sum, s, i) => sum + s * pads[i]![0], 0),
  });
  return differentiable(y, [x], (dy) => [
    slice(dy, x.shape.map((n, i) => [pads[i]![0], pads[i]![0] + n] as const)),
  ]);
}

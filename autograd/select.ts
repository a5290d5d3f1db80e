import { reshape } from "./op.ts";
import { axisOf } from "./shapes.ts";
import { sliceAxis } from "./slice.ts";
import type { Tensor } from "./tensor.ts";

/** The part of x at one index of an axis, which goes away; negative indices count from the end. */
export function select(x: Tensor, axis: number, index: number): Tensor {
  const at = axisOf("select", x.shape, axis);
  const n = x.shape[at]!;
  if (!Number.isInteger(index) || index < -n || index >= n) {
    throw new RangeError(
      `Cannot select: axis ${axis} of [${x.shape}] has no index ${index}`,
    );
  }
  const i = index < 0 ? index + n : index;
  return reshape(sliceAxis(x, at, i, i + 1), x.shape.toSpliced(at, 1));
}

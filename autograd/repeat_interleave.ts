import { expand } from "./expand.ts";
import { reshape } from "./op.ts";
import { axisOf } from "./shapes.ts";
import type { Tensor } from "./tensor.ts";

/** Every slice along an axis `count` times in a row: a, b to a, a, b, b. */
export function repeatInterleave(
  x: Tensor,
  count: number,
  axis: number,
): Tensor {
  const at = axisOf("repeatInterleave", x.shape, axis);
  const n = x.shape[at]!;
  const apart = reshape(x, x.shape.toSpliced(at + 1, 0, 1));
  const repeated = expand(apart, x.shape.toSpliced(at + 1, 0, count));
  return reshape(repeated, x.shape.with(at, n * count));
}

import { differentiable } from "./op.ts";
import { sumTo } from "./reduce.ts";
import { broadcastShape, rowMajor, stretched } from "./shapes.ts";
import { copyStrided } from "./strided.ts";
import { type Shape, Tensor } from "./tensor.ts";

/** x with its axes of length 1 repeated, and axes put in front, to fill `shape`. */
export function expand(x: Tensor, shape: Shape): Tensor {
  const fits = shape.length >= x.shape.length &&
    broadcastShape("expand", x.shape, shape).every((n, i) => n === shape[i]);
  if (!fits) {
    throw new RangeError(`Cannot expand [${x.shape}] to [${shape}]`);
  }
  const y = new Tensor(shape, x.dtype);
  copyStrided(
    "expand",
    shape,
    { tensor: x, strides: stretched(x.shape, shape) },
    { tensor: y, strides: rowMajor(shape) },
  );
  return differentiable(y, [x], (dy) => [sumTo(dy, x.shape)]);
}

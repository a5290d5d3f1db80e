import { differentiable, reshape } from "./op.ts";
import { axisOf, rowMajor } from "./shapes.ts";
import { copyStrided } from "./strided.ts";
import { Tensor } from "./tensor.ts";

/**
 * The axes in another order: axis i of the result is axis `axes[i]` of x.
 * Fast where the innermost axis stays in its place.
 */
export function permute(x: Tensor, axes: readonly number[]): Tensor {
  const order = axes.map((axis) => axisOf("permute", x.shape, axis));
  if (new Set(order).size !== x.shape.length) {
    throw new RangeError(
      `Cannot permute: [${axes}] does not name each axis of [${x.shape}] once`,
    );
  }
  const shape = order.map((axis) => x.shape[axis]!);
  const moved = order.filter((axis) => x.shape[axis] !== 1);
  if (moved.every((axis, i) => i === 0 || axis > moved[i - 1]!)) {
    return reshape(x, shape); // the elements stay where they are
  }
  const strides = rowMajor(x.shape);
  const y = new Tensor(shape, x.dtype);
  copyStrided(
    "permute",
    shape,
    { tensor: x, strides: order.map((axis) => strides[axis]!) },
    { tensor: y, strides: rowMajor(shape) },
  );
  return differentiable(y, [x], (dy) => {
    const back = order.map((_, axis) => order.indexOf(axis));
    return [permute(dy, back)];
  });
}

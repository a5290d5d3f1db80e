import { differentiable } from "./op.ts";
import { axisOf, rowMajor } from "./shapes.ts";
import { sliceAxis } from "./slice.ts";
import { copyStrided } from "./strided.ts";
import { Tensor } from "./tensor.ts";

/** Tensors that differ in one axis at most, one after the other along it. */
export function concat(xs: readonly Tensor[], axis: number): Tensor {
  const [first] = xs;
  if (!first) throw new RangeError("Cannot concat: no tensors were given");
  const at = axisOf("concat", first.shape, axis);
  const shapeWith = (n: number) => first.shape.with(at, n);
  for (const { shape, dtype } of xs) {
    const fits = shape.length === first.shape.length &&
      shape.every((n, i) => i === at || n === first.shape[i]);
    if (!fits || dtype !== first.dtype) {
      throw new RangeError(
        `Cannot concat: ${dtype} [${shape}] does not continue ${first.dtype} [${first.shape}] along axis ${axis}`,
      );
    }
  }
  const lengths = xs.map(({ shape }) => shape[at]!);
  const starts = lengths.map((_, i) =>
    lengths.slice(0, i).reduce((a, b) => a + b, 0)
  );
  const y = new Tensor(
    shapeWith(lengths.reduce((a, b) => a + b)),
    first.dtype,
  );
  const strides = rowMajor(y.shape);
  xs.forEach((x, i) =>
    copyStrided("concat", x.shape, { tensor: x, strides: rowMajor(x.shape) }, {
      tensor: y,
      strides,
      start: starts[i]! * strides[at]!,
    })
  );
  return differentiable(
    y,
    xs,
    (dy) =>
      lengths.map((n, i) => sliceAxis(dy, at, starts[i]!, starts[i]! + n)),
  );
}

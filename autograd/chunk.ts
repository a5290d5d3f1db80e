import { full } from "./full.ts";
import { detach, differentiable } from "./op.ts";
import { axisOf, rowMajor } from "./shapes.ts";
import { sliceAxis } from "./slice.ts";
import { copyStrided } from "./strided.ts";
import { like, type Tensor } from "./tensor.ts";

/** x cut into `count` equal parts along an axis. */
export function chunk(x: Tensor, count: number, axis: number): Tensor[] {
  const at = axisOf("chunk", x.shape, axis);
  const n = x.shape[at]! / count;
  if (!Number.isInteger(count) || count < 1 || !Number.isInteger(n)) {
    throw new RangeError(
      `Cannot chunk: axis ${axis} of [${x.shape}] does not part into ${count}`,
    );
  }
  // The parts' gradients meet in `whole`: each is copied to its place once.
  const whole = detach(x);
  const parts = Array.from(
    { length: count },
    (_, i) => detach(sliceAxis(x, at, i * n, (i + 1) * n)),
  );
  const grads: (Tensor | undefined)[] = [];
  parts.forEach((part, i) =>
    differentiable(part, [whole], (dy, take) => {
      take(0);
      grads[i] = dy;
      return [dy];
    })
  );
  differentiable(whole, [x], () => {
    const shape = x.shape.with(at, n);
    const dx = like(x);
    const strides = rowMajor(x.shape);
    parts.forEach((_, i) => {
      const from = {
        tensor: grads[i] ?? full(shape, 0),
        strides: rowMajor(shape),
      };
      const to = { tensor: dx, strides, start: i * n * strides[at]! };
      copyStrided("chunk", shape, from, to);
    });
    grads.length = 0;
    return [dx];
  });
  return parts;
}

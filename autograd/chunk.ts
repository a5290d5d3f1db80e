import { axisOf } from "./shapes.ts";
import { sliceAxis } from "./slice.ts";
import type { Tensor } from "./tensor.ts";

/** x cut into `count` equal parts along an axis. */
export function chunk(x: Tensor, count: number, axis: number): Tensor[] {
  const at = axisOf("chunk", x.shape, axis);
  const n = x.shape[at]! / count;
  if (!Number.isInteger(count) || count < 1 || !Number.isInteger(n)) {
    throw new RangeError(
      `Cannot chunk: axis ${axis} of [${x.shape}] does not part into ${count}`,
    );
  }
  return Array.from(
    { length: count },
    (_, i) => sliceAxis(x, at, i * n, (i + 1) * n),
  );
}

import { full } from "./full.ts";
import { differentiable } from "./op.ts";
import { axisOf, rowMajor } from "./shapes.ts";
import { copyStrided } from "./strided.ts";
import { Tensor } from "./tensor.ts";

/** One axis of a slice: [start, stop, step]; negative positions count from the end. */
export type Range = readonly [
  start?: number | undefined,
  stop?: number | undefined,
  step?: number | undefined,
];

/** The part of x within `ranges`, one an axis; axes without one stay whole. */
export function slice(x: Tensor, ranges: readonly Range[]): Tensor {
  if (ranges.length > x.shape.length) {
    throw new RangeError(
      `Cannot slice: ${ranges.length} ranges for [${x.shape}]`,
    );
  }
  const strides = rowMajor(x.shape);
  const cuts = x.shape.map((n, i) => cut(n, ranges[i] ?? []));
  const inX = {
    strides: strides.map((s, i) => s * cuts[i]!.step),
    start: strides.reduce((sum, s, i) => sum + s * cuts[i]!.start, 0),
  };
  const shape = cuts.map(({ count }) => count);
  const inY = { strides: rowMajor(shape) };
  const y = new Tensor(shape, x.dtype);
  copyStrided("slice", shape, { tensor: x, ...inX }, { tensor: y, ...inY });
  return differentiable(y, [x], (dy) => {
    const dx = full(x.shape, 0);
    copyStrided("slice", shape, { tensor: dy, ...inY }, { tensor: dx, ...inX });
    return [dx];
  });
}

/** x from index `start` to before `stop` along one axis. */
export function sliceAxis(
  x: Tensor,
  axis: number,
  start: number,
  stop: number,
): Tensor {
  const at = axisOf("slice", x.shape, axis);
  return slice(x, x.shape.map((n, i) => i === at ? [start, stop] : [0, n]));
}

function cut(n: number, [start = 0, stop = n, step = 1]: Range) {
  if (![start, stop, step].every(Number.isInteger) || step < 1) {
    throw new RangeError(
      `Cannot slice: [${start}, ${stop}, ${step}] is no range of whole numbers with a positive step`,
    );
  }
  const within = (at: number) => Math.min(Math.max(at < 0 ? at + n : at, 0), n);
  const first = within(start);
  const count = Math.max(0, Math.ceil((within(stop) - first) / step));
  return { start: first, step, count };
}

import { full } from "./full.ts";
import { detach, differentiable, reshape } from "./op.ts";
import { axisOf, requireF32, rowMajor } from "./shapes.ts";
import { copyStrided } from "./strided.ts";
import { like, Tensor } from "./tensor.ts";

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

/** Tensors that differ in one axis at most, one after the other along it. */
export function concat(xs: readonly Tensor[], axis: number): Tensor {
  const [first] = xs;
  if (!first) throw new RangeError("Cannot concat: no tensors were given");
  const at = axisOf("concat", first.shape, axis);
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
  let end = 0;
  const starts = lengths.map((n) => (end += n) - n);
  const y = new Tensor(first.shape.with(at, end), first.dtype);
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

/** Tensors of one shape side by side along a new axis; negative axes count from the new end. */
export function stack(xs: readonly Tensor[], axis: number): Tensor {
  const rank = (xs[0]?.shape.length ?? 0) + 1;
  const at = axis < 0 ? axis + rank : axis;
  return concat(xs.map((x) => reshape(x, x.shape.toSpliced(at, 0, 1))), at);
}

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

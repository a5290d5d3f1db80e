import { differentiable, reshape } from "./op.ts";
import { sumTo } from "./reduce.ts";
import { axisOf, broadcastShape, rowMajor, stretched } from "./shapes.ts";
import { copyStrided } from "./strided.ts";
import { type Shape, Tensor } from "./tensor.ts";

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

/** Nearest upsampling of x [..., C]: the axes before the last repeat each element `factors` times. */
export function upsampleNearest(
  x: Tensor,
  factors: readonly number[],
): Tensor {
  const outer = x.shape.slice(0, -1);
  if (
    factors.length !== outer.length ||
    !factors.every((n) => Number.isInteger(n) && n > 0)
  ) {
    throw new RangeError(
      `Cannot upsample [${x.shape}]: it takes one whole factor for each axis but the last, found [${factors}]`,
    );
  }
  const C = x.dim(-1);
  const spread = reshape(x, [...outer.flatMap((n) => [n, 1]), C]);
  const all = expand(spread, [...outer.flatMap((n, i) => [n, factors[i]!]), C]);
  return reshape(all, [...outer.map((n, i) => n * factors[i]!), C]);
}

/**
 * Latents [B, C, T, H, W] as tokens [B, L, C pt ph pw] in T, H, W order; a
 * patch of the sizes [pt, ph, pw] has its channel slowest.
 */
export function patchify(x: Tensor, patch: Shape): Tensor {
  const [B = 0, C = 0, ...size] = x.shape;
  const grid = size.map((n, i) => n / (patch[i] ?? NaN));
  if (
    patch.length !== 3 || size.length !== 3 || !grid.every(Number.isInteger)
  ) {
    throw new RangeError(
      `Cannot patchify [${x.shape}] into patches of [${patch}]`,
    );
  }
  const [t, h, w] = grid as [number, number, number];
  const [pt, ph, pw] = patch as [number, number, number];
  const split = reshape(x, [B, C, t, pt, h, ph, w, pw]);
  return reshape(
    permute(split, [0, 2, 4, 6, 1, 3, 5, 7]),
    [B, t * h * w, C * pt * ph * pw],
  );
}

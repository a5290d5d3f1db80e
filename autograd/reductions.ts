import { expand } from "./axes.ts";
import { binary, sub } from "./binary.ts";
import { detach, differentiable, reshape } from "./op.ts";
import { reduce, reducedAxes, type ReduceOptions, without } from "./reduce.ts";
import type { Tensor } from "./tensor.ts";
import { scale, square } from "./unary.ts";

/** The sum over the axes `dims`, all by default; over all, the shape is []. */
export function sum(
  x: Tensor,
  dims?: readonly number[],
  options?: ReduceOptions,
): Tensor {
  return scaledSum("sum", x, dims, options, () => 1);
}

/** The sum times a factor that depends on the number of its terms. */
function scaledSum(
  op: string,
  x: Tensor,
  dims: readonly number[] | undefined,
  { keep = false }: ReduceOptions = {},
  factorOf: (terms: number) => number,
): Tensor {
  const axes = reducedAxes(op, x.shape, dims);
  const factor = factorOf(axes.reduce((n, axis) => n * x.shape[axis]!, 1));
  const y = reduce("sum", x, axes, factor);
  differentiable(y, [x], (dy) => [
    expand(factor === 1 ? dy : scale(dy, factor), x.shape),
  ]);
  return keep ? y : reshape(y, without(x.shape, axes));
}

/** The mean over the axes `dims`, all by default; over all, the shape is []. */
export function mean(
  x: Tensor,
  dims?: readonly number[],
  options?: ReduceOptions,
): Tensor {
  return scaledSum("mean", x, dims, options, (terms) => 1 / terms);
}

/** The variance of the population over the axes `dims`, all by default. */
export function variance(
  x: Tensor,
  dims?: readonly number[],
  options?: ReduceOptions,
): Tensor {
  // Deviations sum to 0, so nothing flows through the mean.
  const middle = detach(mean(x, dims, { keep: true }));
  return mean(square(sub(x, middle)), dims, options);
}

/** The largest element over the axes `dims`, all by default; ties share the gradient evenly. */
export function amax(
  x: Tensor,
  dims?: readonly number[],
  options?: ReduceOptions,
): Tensor {
  return extreme("amax", x, dims, options);
}

/** The smallest element over the axes `dims`, all by default; ties share the gradient evenly. */
export function amin(
  x: Tensor,
  dims?: readonly number[],
  options?: ReduceOptions,
): Tensor {
  return extreme("amin", x, dims, options);
}

/** The maximum or minimum over axes; ties share the gradient evenly. */
function extreme(
  op: "amax" | "amin",
  x: Tensor,
  dims: readonly number[] | undefined,
  { keep = false }: ReduceOptions = {},
): Tensor {
  const axes = reducedAxes(op, x.shape, dims);
  const y = reduce(op, x, axes);
  differentiable(y, [x], (dy) => {
    const ties = binary("equal", x, y);
    const each = binary("div", dy, reduce("sum", ties, axes));
    return [binary("mul", ties, each)];
  });
  return keep ? y : reshape(y, without(x.shape, axes));
}

import { expand } from "./expand.ts";
import { differentiable, reshape } from "./op.ts";
import { reduce, reducedAxes, type ReduceOptions, without } from "./reduce.ts";
import { scale } from "./scale.ts";
import type { Tensor } from "./tensor.ts";

/** The sum over the axes `dims`, all by default; over all, the shape is []. */
export function sum(
  x: Tensor,
  dims?: readonly number[],
  options?: ReduceOptions,
): Tensor {
  return scaledSum("sum", x, dims, options, () => 1);
}

/** The sum times a factor that depends on the number of its terms. */
export function scaledSum(
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

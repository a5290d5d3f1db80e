import { binary } from "./binary.ts";
import { differentiable, reshape } from "./op.ts";
import { reduce, reducedAxes, type ReduceOptions, without } from "./reduce.ts";
import type { Tensor } from "./tensor.ts";

/** The maximum or minimum over axes; ties share the gradient evenly. */
export function extreme(
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

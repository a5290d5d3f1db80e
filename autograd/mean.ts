import type { ReduceOptions } from "./reduce.ts";
import { scaledSum } from "./sum.ts";
import type { Tensor } from "./tensor.ts";

/** The mean over the axes `dims`, all by default; over all, the shape is []. */
export function mean(
  x: Tensor,
  dims?: readonly number[],
  options?: ReduceOptions,
): Tensor {
  return scaledSum("mean", x, dims, options, (terms) => 1 / terms);
}

import { extreme } from "./extreme.ts";
import type { ReduceOptions } from "./reduce.ts";
import type { Tensor } from "./tensor.ts";

/** The smallest element over the axes `dims`, all by default; ties share the gradient evenly. */
export function amin(
  x: Tensor,
  dims?: readonly number[],
  options?: ReduceOptions,
): Tensor {
  return extreme("amin", x, dims, options);
}

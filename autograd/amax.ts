import { extreme } from "./extreme.ts";
import type { ReduceOptions } from "./reduce.ts";
import type { Tensor } from "./tensor.ts";

/** The largest element over the axes `dims`, all by default; ties share the gradient evenly. */
export function amax(
  x: Tensor,
  dims?: readonly number[],
  options?: ReduceOptions,
): Tensor {
  return extreme("amax", x, dims, options);
}

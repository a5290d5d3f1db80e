import { mean } from "./mean.ts";
import { detach } from "./op.ts";
import type { ReduceOptions } from "./reduce.ts";
import { square } from "./square.ts";
import { sub } from "./sub.ts";
import type { Tensor } from "./tensor.ts";

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

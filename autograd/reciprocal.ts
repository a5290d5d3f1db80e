import type { Tensor } from "./tensor.ts";
import { unary } from "./unary.ts";

/** 1 / x of every element. */
export function reciprocal(x: Tensor): Tensor {
  return unary("reciprocal", x);
}

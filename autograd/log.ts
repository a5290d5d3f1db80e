import type { Tensor } from "./tensor.ts";
import { unary } from "./unary.ts";

/** The natural logarithm of every element. */
export function log(x: Tensor): Tensor {
  return unary("log", x);
}

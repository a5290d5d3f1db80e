import type { Tensor } from "./tensor.ts";
import { unary } from "./unary.ts";

/** |x| of every element; the gradient at 0 is 0. */
export function abs(x: Tensor): Tensor {
  return unary("abs", x);
}

import type { Tensor } from "./tensor.ts";
import { unary } from "./unary.ts";

/** e^x of every element. */
export function exp(x: Tensor): Tensor {
  return unary("exp", x);
}

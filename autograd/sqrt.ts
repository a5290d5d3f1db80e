import type { Tensor } from "./tensor.ts";
import { unary } from "./unary.ts";

/** The square root of every element. */
export function sqrt(x: Tensor): Tensor {
  return unary("sqrt", x);
}

import type { Tensor } from "./tensor.ts";
import { unary } from "./unary.ts";

/** x^2 of every element. */
export function square(x: Tensor): Tensor {
  return unary("square", x);
}

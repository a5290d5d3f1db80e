import type { Tensor } from "./tensor.ts";
import { unary } from "./unary.ts";

/** x sigmoid(x) of every element. */
export function silu(x: Tensor): Tensor {
  return unary("silu", x);
}

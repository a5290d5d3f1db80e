import { differentiable } from "./op.ts";
import type { Tensor } from "./tensor.ts";
import { unary } from "./unary.ts";

/** x plus one number. */
export function addScalar(x: Tensor, term: number): Tensor {
  return differentiable(unary("addScalar", x, term), [x], (dy) => [dy]);
}

import { differentiable } from "./op.ts";
import type { Tensor } from "./tensor.ts";
import { unary } from "./unary.ts";

/** x times one number. */
export function scale(x: Tensor, factor: number): Tensor {
  const y = unary("scale", x, factor);
  return differentiable(y, [x], (dy) => [scale(dy, factor)]); // x need not be kept
}

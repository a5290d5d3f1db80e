import { binary } from "./binary.ts";
import { differentiable } from "./op.ts";
import { sumTo } from "./reduce.ts";
import type { Tensor } from "./tensor.ts";

/** The larger of a and b, with broadcasting; equal elements halve the gradient. */
export function maximum(a: Tensor, b: Tensor): Tensor {
  return differentiable(binary("maximum", a, b), [a, b], (dy) => [
    sumTo(binary("mul", dy, binary("share", a, b)), a.shape),
    sumTo(binary("mul", dy, binary("share", b, a)), b.shape),
  ]);
}

import { binary } from "./binary.ts";
import { differentiable } from "./op.ts";
import { sumTo } from "./reduce.ts";
import type { Tensor } from "./tensor.ts";

/** a b, element by element, with broadcasting. */
export function mul(a: Tensor, b: Tensor): Tensor {
  return differentiable(binary("mul", a, b), [a, b], (dy) => [
    sumTo(binary("mul", dy, b), a.shape),
    sumTo(binary("mul", dy, a), b.shape),
  ]);
}

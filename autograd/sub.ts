import { binary } from "./binary.ts";
import { differentiable } from "./op.ts";
import { sumTo } from "./reduce.ts";
import { scale } from "./scale.ts";
import type { Tensor } from "./tensor.ts";

/** a - b, with broadcasting. */
export function sub(a: Tensor, b: Tensor): Tensor {
  return differentiable(binary("sub", a, b), [a, b], (dy) => [
    sumTo(dy, a.shape),
    scale(sumTo(dy, b.shape), -1),
  ]);
}

import { binary } from "./binary.ts";
import { differentiable } from "./op.ts";
import { sumTo } from "./reduce.ts";
import type { Tensor } from "./tensor.ts";

/** a + b, with broadcasting. */
export function add(a: Tensor, b: Tensor): Tensor {
  return differentiable(binary("add", a, b), [a, b], (dy) => [
    sumTo(dy, a.shape),
    sumTo(dy, b.shape),
  ]);
}

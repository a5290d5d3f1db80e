import { binary } from "./binary.ts";
import { differentiable } from "./op.ts";
import { sumTo } from "./reduce.ts";
import type { Tensor } from "./tensor.ts";

/** a where c > 0, else b, with broadcasting; no gradient reaches c. */
export function where(c: Tensor, a: Tensor, b: Tensor): Tensor {
  // One of the terms is 0 even where the other choice is infinite or NaN.
  const y = binary("add", binary("keep", c, a), binary("drop", c, b));
  return differentiable(y, [a, b], (dy) => [
    sumTo(binary("keep", c, dy), a.shape),
    sumTo(binary("drop", c, dy), b.shape),
  ]);
}

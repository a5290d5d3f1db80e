import { binary } from "./binary.ts";
import { differentiable } from "./op.ts";
import { sumTo } from "./reduce.ts";
import { scale } from "./scale.ts";
import type { Tensor } from "./tensor.ts";

/** a / b, with broadcasting. */
export function div(a: Tensor, b: Tensor): Tensor {
  const y = binary("div", a, b);
  return differentiable(y, [a, b], (dy) => {
    const da = binary("div", dy, b);
    return [
      sumTo(da, a.shape),
      scale(sumTo(binary("mul", da, y), b.shape), -1), // -dy a / b^2
    ];
  });
}

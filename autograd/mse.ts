import { binary } from "./binary.ts";
import { differentiable } from "./op.ts";
import { reduce, sumTo } from "./reduce.ts";
import { scale } from "./scale.ts";
import { square } from "./square.ts";
import { Tensor } from "./tensor.ts";

/** The mean of (y - target)^2 over all elements, of shape [1]. */
export function mse(y: Tensor, target: Tensor): Tensor {
  const d = binary("sub", y, target);
  const axes = d.shape.map((_, i) => i);
  const mean = reduce("sum", square(d), axes, 1 / d.size);
  const loss = new Tensor([1], "f32", mean.storage);
  return differentiable(loss, [y, target], (dloss) => {
    const slope = (by: number) => binary("mul", d, scale(dloss, by / d.size));
    return [sumTo(slope(2), y.shape), sumTo(slope(-2), target.shape)];
  });
}

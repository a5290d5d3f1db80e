import { binary, mul, sub } from "./binary.ts";
import { differentiable, reshape } from "./op.ts";
import { reduce, sumTo } from "./reduce.ts";
import { mean } from "./reductions.ts";
import { Tensor } from "./tensor.ts";
import { scale, square } from "./unary.ts";

/** The mean of (y - target)^2 over all elements, of shape [1]. */
export function mse(y: Tensor, target: Tensor): Tensor {
  const d = binary("sub", y, target);
  const axes = d.shape.map((_, i) => i);
  const all = reduce("sum", square(d), axes, 1 / d.size);
  const loss = new Tensor([1], "f32", all.storage);
  return differentiable(loss, [y, target], (dloss) => {
    const slope = (by: number) => binary("mul", d, scale(dloss, by / d.size));
    return [sumTo(slope(2), y.shape), sumTo(slope(-2), target.shape)];
  });
}

/** The mean over samples of weights[b] times the sample's mean of (y - target)^2, of shape [1]. */
export function weightedMse(
  y: Tensor,
  target: Tensor,
  weights: Tensor,
): Tensor {
  const [samples = 0, ...rest] = y.shape;
  if (weights.shape.length !== 1 || weights.shape[0] !== samples) {
    throw new RangeError(
      `Cannot apply weightedMse: weights [${weights.shape}] are not one a sample of [${y.shape}]`,
    );
  }
  const errors = mean(square(sub(y, target)), rest.map((_, i) => i + 1));
  return reshape(mean(mul(errors, weights)), [1]);
}

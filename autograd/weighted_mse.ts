import { mean } from "./mean.ts";
import { mul } from "./mul.ts";
import { reshape } from "./op.ts";
import { square } from "./square.ts";
import { sub } from "./sub.ts";
import type { Tensor } from "./tensor.ts";

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

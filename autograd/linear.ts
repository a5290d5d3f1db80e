import { differentiable, reshape } from "./op.ts";
import {
  aligned,
  product,
  resized,
  summed,
  transposed,
  widened,
} from "./product.ts";
import type { Tensor } from "./tensor.ts";

/**
 * y = x W^T + b: x [..., K], weight [N, K], bias [N] -> [..., N].
 * An f16 weight is widened as it is read, and takes no gradient.
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const [N, K] = [weight.dim(0), weight.dim(1)];
  if (weight.shape.length !== 2 || x.dim(-1) !== K) {
    throw new RangeError(
      `Cannot apply linear: x [${x.shape}] has ${
        x.dim(-1)
      } columns, weight [${weight.shape}] takes ${K}`,
    );
  }
  if (bias && bias.size !== N) {
    throw new RangeError(
      `Cannot apply linear: bias [${bias.shape}] does not fit weight [${weight.shape}]`,
    );
  }
  const half = weight.dtype === "f16";
  const M = x.size / K;
  const [N4, K4] = [aligned(N), aligned(K)];
  const x2 = resized(reshape(x, [M, K]), M, K4);
  // Halves are read eight at a time.
  const W = resized(K % 8 ? widened(weight) : weight, N4, K4);
  const b = bias && resized(reshape(bias, [1, N]), 1, N4);
  const y2 = resized(product(x2, W, b), M, N);
  const y = reshape(y2, [...x.shape.slice(0, -1), N]);
  const inputs = [x, weight, ...(bias ? [bias] : [])];
  return differentiable(y, inputs, (dy) => {
    const dy2 = resized(reshape(dy, [M, N]), M, N4);
    const dx = resized(product(dy2, transposed(widened(W))), M, K);
    const dW = half ? undefined : resized(
      product(transposed(dy2), transposed(x2)),
      N,
      K,
    );
    const db = bias && reshape(resized(summed(dy2, 0), 1, N), bias.shape);
    return [reshape(dx, x.shape), dW, db];
  });
}

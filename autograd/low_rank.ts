import { scaled } from "./modulate.ts";
import { reshape } from "./op.ts";
import { aligned, product, resized } from "./product.ts";
import type { Tensor } from "./tensor.ts";

/** The auxiliary module Phi: L [N, r], R [r, K], gamma [r] without gradient (Eq. 12 to 14). */
export interface LowRank {
  /** [N, r]. */
  readonly L: Tensor;
  /** [r, K]. */
  readonly R: Tensor;
  /** What is left of each column, [r]. */
  readonly gamma: Tensor;
}

/** A = (L diag(gamma)) R and its pullback. */
export interface LowRankBranch {
  /** A, of the weight's size, [N, K]. */
  readonly value: Tensor;
  /** dL = dA R^T diag(gamma), dR = diag(gamma) L^T dA. */
  readonly gradients: (dA: Tensor) => [dL: Tensor, dR: Tensor];
}

/** The low-rank branch of a weight [N, K]. */
export function lowRankBranch(
  w: Tensor,
  { L, R, gamma }: LowRank,
): LowRankBranch {
  const [N, K, r] = [w.dim(0), w.size / w.dim(0), gamma.size];
  if (L.size !== N * r || R.size !== r * K) {
    throw new RangeError(
      `Cannot add a low-rank branch to weight [${w.shape}]: L [${L.shape}] and R [${R.shape}] are not of rank ${r}, the length of gamma`,
    );
  }
  const [r4, K4] = [aligned(r), aligned(K)];
  const Lg = resized(scaled(reshape(L, [1, N, r]), gamma, 0), N, r4);
  const R4 = resized(R, r4, K4);
  const value = resized(product(Lg, R4, { turned: true }), N, K);
  const gradients = (dA: Tensor): [Tensor, Tensor] => {
    const dA4 = resized(reshape(dA, [N, K]), N, K4);
    const gate = resized(reshape(gamma, [1, r]), 1, r4);
    const dL = resized(product(dA4, R4, { gate }), N, r);
    const dR = resized(product(Lg, dA4, { outer: true }), r, K);
    return [reshape(dL, L.shape), reshape(dR, R.shape)];
  };
  return { value, gradients };
}

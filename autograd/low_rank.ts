import { emitRows } from "../kernels/lib/rows.ts";
import { modulateRows } from "../kernels/modulate.ts";
import { reshape } from "./op.ts";
import { aligned, product, resized, transposed } from "./product.ts";
import { like, type Tensor } from "./tensor.ts";

/** The auxiliary module Phi: L [N, r], R [r, K], gamma [r] without gradient (Eq. 12 to 14). */
export interface LowRank {
  /** [N, r]. */
  readonly L: Tensor;
  /** [r, K]. */
  readonly R: Tensor;
  /** What is left of each column, [r]. */
  readonly gamma: Tensor;
}

/** (L diag(gamma)) R for a weight [N, K]; its gradients are `lowRankGradients()`. */
export function lowRankProduct(w: Tensor, { L, R, gamma }: LowRank): Tensor {
  const [N, K, r] = [w.dim(0), w.size / w.dim(0), gamma.size];
  if (L.size !== N * r || R.size !== r * K) {
    throw new RangeError(
      `Cannot add a low-rank branch to weight [${w.shape}]: L [${L.shape}] and R [${R.shape}] are not of rank ${r}, the length of gamma`,
    );
  }
  const L4 = resized(scaleColumns(L, gamma), N, aligned(r));
  const R4 = resized(R, r, aligned(K));
  return resized(product(L4, transposed(R4)), N, K);
}

/**
 * Gradients of L and R through A = (L diag(gamma)) R [N, K] from that of A:
 * dL = dA R^T diag(gamma), dR = diag(gamma) L^T dA.
 */
export function lowRankGradients(
  dA: Tensor,
  { L, R, gamma }: LowRank,
): [dL: Tensor, dR: Tensor] {
  const r = gamma.size;
  const [N, K] = [L.size / r, R.size / r];
  const dA4 = resized(reshape(dA, [N, K]), N, aligned(K));
  const R4 = resized(R, aligned(r), aligned(K));
  const dL = scaleColumns(resized(product(dA4, R4), N, r), gamma);
  const L4 = resized(scaleColumns(L, gamma), N, aligned(r));
  const dR = product(transposed(L4), transposed(dA4));
  return [reshape(dL, L.shape), reshape(resized(dR, r, K), R.shape)];
}

/** x diag(gamma) for x [rows, r]. */
function scaleColumns(x: Tensor, gamma: Tensor): Tensor {
  const y = like(x);
  const rows = x.size / gamma.size;
  const size = { rows, columns: gamma.size };
  emitRows(modulateRows, { x, gain: gamma, shift: gamma, y }, size, {
    params: { span: rows, one: 0 },
    constants: { SHIFT: false },
  });
  return y;
}

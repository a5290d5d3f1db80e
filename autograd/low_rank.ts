import { emitRows } from "../kernels/lib/rows.ts";
import { modulateRows } from "../kernels/modulate.ts";
import { reshape } from "./op.ts";
import { aligned, product, resized, transposed } from "./product.ts";
import { like, type Tensor } from "./tensor.ts";

/**
 * Gradients of L [N, r] and R [r, K] through A = (L diag(gamma)) R from that
 * of A: dL = dA R^T diag(gamma), dR = diag(gamma) L^T dA.
 */
export function lowRankGradients(
  dA: Tensor,
  { L, R, gamma }: { L: Tensor; R: Tensor; gamma: Tensor },
): [dL: Tensor, dR: Tensor] {
  const [N, K, r] = [dA.dim(0), dA.dim(1), gamma.size];
  const dA4 = resized(dA, N, aligned(K));
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

import { aligned, resized, transposed } from "../product.ts";
import { reshape } from "../op.ts";
import { Tensor } from "../tensor.ts";
import { emit, traits } from "../../gpu/emit.ts";
import { rowForm } from "../../kernels/lib/rows.ts";
import { qrFactor, qrForm } from "../../kernels/qr.ts";

/** A = Q R. */
export interface Qr {
  /** [B, m, k], orthonormal columns. */
  readonly q: Tensor;
  /** [B, k, k], upper triangular; its diagonal is not negative. */
  readonly r: Tensor;
}

/** Rows X = R Q. */
export interface RowsQr {
  /** [B, k, m], orthonormal rows. */
  readonly q: Tensor;
  /** [B, k, k], lower triangular; its diagonal is not negative. */
  readonly r: Tensor;
}

/** The most vectors: a chunk must hold twice as many numbers. */
export const MOST_VECTORS = 240;

const CHUNK = 512; // numbers of a vector that a workgroup holds
const TOGETHER = 4; // vectors of Q that a workgroup forms at a time

/**
 * While recording, emits the thin QR of each matrix of a [B, m, k], m >= k and
 * k <= 240, by Householder reflections: of chunks of the rows first, then of
 * their R (TSQR). Q is orthonormal whatever the rank of A. No gradient.
 *
 * @example
 * ```ts
 * import { fromArray, openGpu, record } from "@qvgen/qvgen";
 * import { qr } from "@qvgen/qvgen/autograd";
 *
 * using gpu = await openGpu();
 * const a = fromArray(gpu, [1, 2, 1], [3, 4]);
 * using plan = await record(gpu, () => qr(a).r.keep());
 * plan.run();
 * console.log(await plan.result.read(gpu)); // [5]
 * ```
 */
export function qr(a: Tensor): Qr {
  const [batch, m, k] = [a.shape[0] ?? 0, a.shape[1] ?? 0, a.shape[2] ?? 0];
  if (a.shape.length !== 3 || k > m || k > MOST_VECTORS) {
    throw new RangeError(
      `Cannot decompose [${a.shape}]: qr takes [B, m, k], k at most m and ${MOST_VECTORS}`,
    );
  }
  const k4 = aligned(k);
  const { q, r } = qrOfRows(transposed(resized(a, m, k4)));
  return {
    q: resized(transposed(q), m, k),
    r: resized(reshape(transposed(r), [batch, k4, k4]), k, k),
  };
}

/** The same of the rows of x [B, k, m]; k and m are multiples of 4. */
export function qrOfRows(x: Tensor): RowsQr {
  const [batch, count, length] = [x.dim(0), x.dim(1), x.dim(2)];
  const chunks = Math.ceil(length / CHUNK);
  const factor = rowForm(qrFactor, 4);
  const elems = Math.ceil(length / 4 / chunks);
  const PARTS = 2 ** Math.ceil(Math.log2(Math.max(1, elems / factor.lanes)));
  const w = new Tensor([batch, chunks, count, PARTS * factor.lanes * 4]);
  const r = new Tensor([batch, count, chunks * count]);
  const walk = (traits().software ? 2 : 1) * TOGETHER;
  const params = {
    count,
    columns: length / 4,
    chunks,
    walk,
    top: chunks > 1 ? 0 : 1,
  };
  emit(factor.kernel, { x, made: w, r }, [chunks, batch], {
    params,
    constants: { ...factor.constants, PARTS },
  });
  const inner = chunks > 1 ? qrOfRows(r) : undefined;
  const form = rowForm(qrForm, 4);
  const q = new Tensor(x.shape);
  emit(
    form.kernel,
    { w, inner: inner?.q ?? w, q },
    [chunks, batch, Math.ceil(count / walk)],
    { params, constants: { ...form.constants, PARTS, TOGETHER } },
  );
  return { q, r: inner?.r ?? r };
}

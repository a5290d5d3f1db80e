import { Tensor } from "../tensor.ts";
import { inColumns, inRows, orthogonalize, writeFactors } from "./jacobi.ts";

/** A = U diag(s) V^T, k = min(m, n). */
export interface Svd {
  /** [B, m, k], orthonormal columns. */
  readonly u: Tensor;
  /** [B, k], descending. */
  readonly s: Tensor;
  /** [B, n, k], orthonormal columns. */
  readonly v: Tensor;
}

/**
 * While recording, emits the thin singular value decomposition of each matrix
 * of a [B, m, n], by the one-sided Jacobi method. The largest number of every
 * column of U is positive. Columns that belong to s = 0 are zero on the longer
 * side and orthonormal on the other. There is no gradient.
 *
 * @example
 * ```ts
 * import { fromArray, openGpu, record, svd } from "@qvgen/qvgen";
 *
 * using gpu = await openGpu();
 * const a = fromArray(gpu, [1, 2, 2], [3, 0, 0, 4]);
 * using plan = await record(gpu, () => svd(a).s.keep());
 * plan.run();
 * console.log(await plan.result.read(gpu)); // [4, 3]
 * ```
 */
export function svd(a: Tensor): Svd {
  if (a.shape.length !== 3) {
    throw new RangeError(`Cannot decompose [${a.shape}]: svd takes [B, m, n]`);
  }
  const [batch, m, n] = [a.dim(0), a.dim(1), a.dim(2)];
  const tall = m > n;
  const [count, length] = tall ? [n, m] : [m, n];
  const sizes = { batch, count, length, rotations: true };
  const x = orthogonalize(a, sizes, tall ? inColumns(m, n) : inRows(m, n));
  const columns = (size: number) => ({
    to: new Tensor([batch, size, count]),
    ...inColumns(size, count),
  });
  const [vectors, rotations] = [columns(length), columns(count)];
  const flipBy = tall ? "vectors" : "rotations";
  const s = writeFactors(x, { vectors, rotations, flipBy });
  return tall
    ? { u: vectors.to, s, v: rotations.to }
    : { u: rotations.to, s, v: vectors.to };
}

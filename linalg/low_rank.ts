import { matmul } from "../autograd/matmul.ts";
import { Tensor } from "../autograd/tensor.ts";
import { emit, spread } from "../gpu/record.ts";
import { thinProduct } from "../kernels/thin_product.ts";
import { orthogonalize, writeFactors } from "./jacobi.ts";
import { compressed, inColumns, inRows } from "./subspace.ts";

/** Two factors that share the singular values of their product evenly. */
export interface BalancedFactors {
  /** U sqrt(S), [B, n, r]. */
  readonly L: Tensor;
  /** sqrt(S) V^T, [B, r, m]. */
  readonly R: Tensor;
}

const LARGEST = 512; // longest smaller side of a matrix that is not compressed first

/**
 * While recording, emits the best factors of rank r of each matrix of
 * a [B, n, m] (QVGen, Eq. 11 and 12): U sqrt(S) and sqrt(S) V^T of its
 * truncated SVD. Where both sides are longer than 512 a subspace iteration
 * comes close to it. The largest number of every column of L or, where they
 * are longer, of every row of R is positive. There is no gradient.
 *
 * @example
 * ```ts
 * import { fromArray } from "../autograd/tensor.ts";
 * import { openGpu } from "../gpu/device.ts";
 * import { record } from "../gpu/record.ts";
 * import { balancedFactors } from "./low_rank.ts";
 *
 * using gpu = await openGpu();
 * const a = fromArray(gpu, [1, 2, 2], [1, 2, 2, 4]); // of rank 1
 * using plan = await record(gpu, () => {
 *   const { L, R } = balancedFactors(a, 1);
 *   return { L: L.keep(), R: R.keep() };
 * });
 * plan.run();
 * console.log(await plan.result.L.read(gpu)); // [1, 2]
 * console.log(await plan.result.R.read(gpu)); // [1, 2]
 * ```
 */
export function balancedFactors(a: Tensor, r: number): BalancedFactors {
  if (a.shape.length !== 3) {
    throw new RangeError(`Cannot factor [${a.shape}]: it takes [B, n, m]`);
  }
  const [n, m] = [a.dim(1), a.dim(2)];
  const size = Math.min(n, m);
  if (!Number.isInteger(r) || r < 1 || r > size) {
    throw new RangeError(
      `Cannot factor [${a.shape}] with rank ${r}: ranks go from 1 to ${size}`,
    );
  }
  if (size > LARGEST) {
    const [V, R] = directions(compressed(a, r), r, "rows");
    return { L: matmul(a, V), R };
  }
  if (n <= m) {
    const [V, R] = directions(a, r, "rows");
    return { L: matmul(a, V), R };
  }
  const [U, L] = directions(a, r, "columns");
  return { L, R: matmul(U, a) };
}

/**
 * The r largest singular vectors along the rows or columns of x [B, n, m],
 * divided by sqrt(s) and laid out for the product with x that gives the one
 * factor, and times sqrt(s): the other factor.
 */
function directions(
  x: Tensor,
  r: number,
  along: "rows" | "columns",
): [divided: Tensor, factor: Tensor] {
  const [batch, n, m] = [x.dim(0), x.dim(1), x.dim(2)];
  const [count, length] = along === "rows" ? [n, m] : [m, n];
  const from = along === "rows" ? inRows(n, m) : inColumns(n, m);
  const sizes = { batch, count, length, rotations: false };
  const found = orthogonalize(x, sizes, from);
  const write = (halves: -1 | 1, rows: boolean) => {
    const to = new Tensor([batch, ...rows ? [r, length] : [length, r]]);
    const strides = rows ? inRows(r, length) : inColumns(length, r);
    const vectors = { to, ...strides, halves };
    writeFactors(found, { keep: r, vectors, flipBy: "vectors" });
    return to;
  };
  return [write(-1, along === "columns"), write(1, along === "rows")];
}

/**
 * While recording, replaces the first `rank` columns of L [n, r] and rows of
 * R [r, m] by the balanced factors of their product, largest first (QVGen,
 * Eq. 15), from the SVD of L and one of a matrix of `rank` rows. What lies
 * beyond `rank` is left as it is.
 */
export function recompose(L: Tensor, R: Tensor, rank: number): void {
  const [n, r, m] = [L.dim(0), L.dim(1), R.dim(1)];
  if (R.dim(0) !== r || rank < 1 || rank > Math.min(n, r, m)) {
    throw new RangeError(
      `Cannot recompose L [${L.shape}] and R [${R.shape}] with rank ${rank}`,
    );
  }
  const sizes = { batch: 1, count: rank, rotations: true };
  const square = [rank, rank];

  // L = U K
  const ofL = orthogonalize(L, { ...sizes, length: n }, inColumns(n, r));
  const [U, K] = [new Tensor([n, rank]), new Tensor(square)];
  writeFactors(ofL, {
    vectors: { to: U, ...inColumns(n, rank) },
    rotations: { to: K, ...inRows(rank, rank), halves: 2 },
    flipBy: "vectors",
  });
  const T = new Tensor([rank, m]);
  multiply(K, R, T);

  // L R = U T = (U W sqrt(S)) (sqrt(S) V^T)
  const ofT = orthogonalize(T, { ...sizes, length: m }, inRows(rank, m));
  const W = new Tensor(square);
  writeFactors(ofT, {
    vectors: { to: R, ...inRows(r, m), halves: 1 },
    rotations: { to: W, ...inColumns(rank, rank), halves: 1 },
    flipBy: "vectors",
  });
  multiply(U, W, L);
}

/** y = a b for the first rows of b and columns of y that fit a [R, K]. */
function multiply(a: Tensor, b: Tensor, y: Tensor): void {
  const [rows, inner] = [a.dim(0), a.dim(1)];
  const columns = Math.min(b.dim(1), y.dim(1));
  emit(thinProduct, { a, b, y }, spread(rows * columns, 64), {
    params: {
      rows,
      columns,
      inner,
      a_row: a.dim(1),
      b_row: b.dim(1),
      y_row: y.dim(1),
    },
  });
}

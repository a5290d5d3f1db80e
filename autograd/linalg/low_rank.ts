import { add, mul, where } from "../binary.ts";
import { amax, amin } from "../reductions.ts";
import { concat } from "../slices.ts";
import { full } from "../full.ts";
import { matmul } from "../matmul.ts";
import { reshape } from "../op.ts";
import { aligned, product, resized, transposed } from "../product.ts";
import { Tensor } from "../tensor.ts";
import {
  inColumns,
  inRows,
  type Orthogonal,
  orthogonalize,
  writeFactors,
} from "./jacobi.ts";
import { rowParts } from "./row_parts.ts";
import { MOST_RANK, subspace } from "./subspace.ts";

/** Two factors that share the singular values of their product evenly. */
export interface BalancedFactors {
  /** U sqrt(S), [B, n, r]. */
  readonly L: Tensor;
  /** sqrt(S) V^T, [B, r, m]. */
  readonly R: Tensor;
}

const LARGEST = 256; // longest smaller side of a matrix that is decomposed whole

/**
 * While recording, emits the best factors of rank r of each matrix of
 * a [B, n, m] (QVGen, Eq. 11 and 12): U sqrt(S) and sqrt(S) V^T of its
 * truncated SVD. Where both sides are longer than 256 a subspace iteration
 * comes close to it: ||A - L R||^2 is within 0.1 % of the least even for
 * noise. A matrix may be given as parts of its rows, [B, n_i, m] each, n_i
 * multiples of 4 but for the last; a pinned one that is larger than the adapter
 * binds is split so. The largest number of every column of L or, where they
 * are longer, of every row of R is positive. There is no gradient.
 *
 * @example
 * ```ts
 * import { fromArray, openGpu, record } from "@qvgen/qvgen";
 * import { balancedFactors } from "@qvgen/qvgen/autograd";
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
export function balancedFactors(
  a: Tensor | readonly Tensor[],
  r: number,
): BalancedFactors {
  const given = a instanceof Tensor ? [a] : a;
  const [n, m] = sizesOf(given);
  const size = Math.min(n, m);
  if (!Number.isInteger(r) || r < 1 || r > size) {
    throw new RangeError(
      `Cannot factor [${
        given[0]!.shape.with(1, n)
      }] with rank ${r}: ranks go from 1 to ${size}`,
    );
  }
  if (size > LARGEST && r <= MOST_RANK) {
    return truncated(given.flatMap(rowParts), n, m, r);
  }
  const whole = given.length > 1 ? concat(given, 1) : given[0]!;
  if (n <= m) {
    const [V, R] = directions(whole, r, "rows");
    return { L: matmul(whole, V), R };
  }
  const [U, L] = directions(whole, r, "columns");
  return { L, R: matmul(U, whole) };
}

/** The rows of all parts, and the columns. */
function sizesOf(parts: readonly Tensor[]): [n: number, m: number] {
  const [batch, , m = 0] = parts[0]?.shape ?? [];
  const fits = parts.every(({ shape }, i) =>
    shape.length === 3 && shape[0] === batch && shape[2] === m &&
    (shape[1]! % 4 === 0 || i === parts.length - 1)
  );
  if (parts.length === 0 || !fits) {
    throw new RangeError(
      `Cannot factor ${
        parts.map(({ shape }) => `[${shape}]`).join(", ") || "no parts"
      }: it takes [B, n, m], or parts [B, n_i, m] whose n_i but the last are multiples of 4`,
    );
  }
  return [parts.reduce((sum, part) => sum + part.dim(1), 0), m];
}

/** Balanced factors by subspace iteration. */
function truncated(
  parts: readonly Tensor[],
  n: number,
  m: number,
  r: number,
): BalancedFactors {
  const { X, Z, core } = subspace(parts, r);
  const [U, V] = balancedCore(core, aligned(r));
  return signed(
    resized(product(transposed(X), U), n, r),
    resized(product(V, transposed(Z)), r, m),
  );
}

/** Rows of U^T and V^T, times sqrt(s), of the `keep` largest s of a square core. */
export function balancedCore(
  core: Orthogonal,
  keep: number,
): [U: Tensor, V: Tensor] {
  const { batch, count } = core;
  const factor = () => ({
    to: new Tensor([batch, keep, count]),
    ...inRows(keep, count),
    halves: 1 as const,
  });
  const [rotations, vectors] = [factor(), factor()];
  writeFactors(core, { keep, vectors, rotations, flipBy: "vectors" });
  return [rotations.to, vectors.to];
}

/** Makes the largest number of each column of L or row of R, the longer, positive. */
export function signed(L: Tensor, R: Tensor): BalancedFactors {
  const [batch, n, r, m] = [L.dim(0), L.dim(1), L.dim(2), R.dim(2)];
  const [of, axis] = n > m ? [L, 1] : [R, 2];
  const sign = where(
    add(amax(of, [axis]), amin(of, [axis])),
    full([1], 1),
    full([1], -1),
  );
  return {
    L: mul(L, reshape(sign, [batch, 1, r])),
    R: mul(R, reshape(sign, [batch, r, 1])),
  };
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

import { clamp, scale } from "../unary.ts";
import { concat, sliceAxis } from "../slices.ts";
import { add, div, mul, sub } from "../binary.ts";
import { reshape } from "../op.ts";
import { aligned, product, resized, transposed } from "../product.ts";
import { randomNormal } from "../random_normal.ts";
import { Tensor } from "../tensor.ts";
import { emit } from "../../gpu/emit.ts";
import { fill } from "../../kernels/fill.ts";
import {
  inColumns,
  inRows,
  type Orthogonal,
  orthogonalize,
  writeFactors,
} from "./jacobi.ts";
import { MOST_VECTORS, qrOfRows } from "./qr.ts";

/** Nearly the largest singular vectors of A: X A = C Z, X and Z with orthonormal rows. */
export interface Subspace {
  /** [B, l, n], padded with zeros to a multiple of 4. */
  readonly X: Tensor;
  /** [B, l, m], padded likewise. */
  readonly Z: Tensor;
  /** The SVD of C [B, l, l]. */
  readonly core: Orthogonal;
}

const OVERSAMPLING = 16; // vectors beyond the rank, at least
const TILE = 32; // rows of a tile of products, which work on whole ones

/** The largest rank that `subspace` takes. */
export const MOST_RANK = MOST_VECTORS - OVERSAMPLING - TILE;

// Where each iteration after the first puts a root, as a share of the least
// value that is kept: those of a Chebyshev polynomial, upwards. They end at 90 %
// of it, so that values just above win over those below even where there are
// more of them than vectors. With five, the residual of a matrix of noise is
// within 0.1 % of the least, of W - Q(W) too.
const ROOTS = [0.5, 1.5, 2.5, 3.5, 4.5].map((i) =>
  0.9 * (1 - Math.cos(Math.PI * i / 5)) / 2
);

/**
 * While recording, emits a subspace iteration from random vectors, the same at
 * every run, over A [B, n, m] given as parts of its rows, for its r largest
 * singular vectors. An iteration is X <- (A A^T - t I) X, made orthonormal
 * twice, with a shift t below the least of the Ritz values s^2 so far: they
 * bound from below what is to be kept, and all that is not lies under them.
 */
export function subspace(parts: readonly Tensor[], r: number): Subspace {
  const a = new Parts(parts);
  const l = Math.ceil((r + OVERSAMPLING) / TILE) * TILE;
  const draw = new Tensor([6], "u32");
  emit(fill, { y: draw }, 1, { params: { word: 0x9e3779b9 } });
  const start = qrOfRows(a.times(randomNormal(draw, [1, l, a.rows])));
  let X = qrOfRows(a.timesTransposed(start.q)).q;
  for (const root of ROOTS) {
    const { q: Z, r: C } = qrOfRows(a.times(X));
    const shift = product(shiftOf(decomposed(C), root), transposed(X));
    X = qrOfRows(sub(a.timesTransposed(Z), shift)).q;
  }
  const { q: Z, r: C } = qrOfRows(a.times(X));
  return { X, Z, core: decomposed(C) };
}

/** The SVD of square matrices C [B, l, l]: C = J^T diag(s) Y. */
export function decomposed(C: Tensor): Orthogonal {
  const [batch, l] = [C.dim(0), C.dim(1)];
  const sizes = { batch, count: l, length: l, rotations: true };
  return orthogonalize(C, sizes, inRows(l, l));
}

/**
 * t C^-1 for the shift t = root s_l^2. As X A = C Z, the rows of Z A^T - t C^-1 X
 * span those of X (A A^T - t I), at the scale of s instead of its square.
 */
function shiftOf(core: Orthogonal, root: number): Tensor {
  const { batch, count: l } = core;
  const [V, U] = [new Tensor([batch, l, l]), new Tensor([batch, l, l])];
  const s = writeFactors(core, {
    vectors: { to: V, ...inColumns(l, l) },
    rotations: { to: U, ...inColumns(l, l) },
    flipBy: "vectors",
  });
  const last = sliceAxis(s, 1, l - 1, l);
  const shares = div(last, clamp(s, 1e-37, 3e38)); // of s = 0: 0, and V is zero
  const t = reshape(mul(scale(last, root), shares), [batch, 1, l]);
  return product(V, mul(U, t));
}

/** A and its transpose, in parts of the rows of A; sizes are multiples of 4. */
class Parts {
  readonly rows: number;
  readonly #list: readonly {
    readonly a: Tensor;
    readonly transpose: Tensor;
    readonly start: number;
  }[];

  constructor(parts: readonly Tensor[]) {
    let start = 0;
    this.#list = parts.map((part) => {
      const a = resized(part, aligned(part.dim(1)), aligned(part.dim(2)));
      const at = { a, transpose: transposed(a), start };
      start += a.dim(1);
      return at;
    });
    this.rows = start;
  }

  /** x A. */
  times(x: Tensor): Tensor {
    return this.#list.map(({ a, transpose, start }) => {
      const stop = start + a.dim(1);
      const whole = this.#list.length === 1;
      return product(whole ? x : sliceAxis(x, 2, start, stop), transpose);
    }).reduce((sum, term) => add(sum, term));
  }

  /** z A^T. */
  timesTransposed(z: Tensor): Tensor {
    const all = this.#list.map(({ a }) => product(z, a));
    return all.length === 1 ? all[0]! : concat(all, 2);
  }
}

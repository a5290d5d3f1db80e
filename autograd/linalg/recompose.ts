import { full } from "../full.ts";
import { aligned, product, transposed } from "../product.ts";
import { rowMajor } from "../shapes.ts";
import { copyStrided } from "../strided.ts";
import type { Tensor } from "../tensor.ts";
import { balancedCore, signed } from "./low_rank.ts";
import { MOST_VECTORS, qrOfRows } from "./qr.ts";
import { decomposed } from "./subspace.ts";

/** Phi of a layer, and how much of it stays. */
export interface Shrinking {
  /** [n, r]. */
  readonly L: Tensor;
  /** [r, m]. */
  readonly R: Tensor;
  /** Columns of L and rows of R that stay. */
  readonly rank: number;
}

/**
 * While recording, replaces the first `rank` columns of L [n, r] and rows of
 * R [r, m] by the balanced factors of their product, largest first (QVGen,
 * Eq. 15): from the QR of both and the SVD of a matrix of `rank` rows. What
 * lies beyond `rank` is left as it is.
 *
 * @example
 * ```ts
 * import { fromArray, openGpu, record } from "@qvgen/qvgen";
 * import { recompose } from "@qvgen/qvgen/autograd";
 *
 * using gpu = await openGpu();
 * const L = fromArray(gpu, [2, 1], [2, 0]);
 * const R = fromArray(gpu, [1, 2], [0, 8]);
 * using plan = await record(gpu, () => recompose(L, R, 1));
 * plan.run();
 * console.log(await R.read(gpu)); // [0, 4]
 * ```
 */
export function recompose(L: Tensor, R: Tensor, rank: number): void {
  recomposeAll([{ L, R, rank }]);
}

/** While recording, `recompose` for many layers: those of one shape together. */
export function recomposeAll(layers: readonly Shrinking[]): void {
  const shapes = Map.groupBy(layers, ({ L, R, rank }) => {
    const [n, r, m] = [L.dim(0), L.dim(1), R.dim(1)];
    const most = Math.min(n, r, m, MOST_VECTORS);
    if (R.dim(0) !== r || rank < 1 || rank > most) {
      throw new RangeError(
        `Cannot recompose L [${L.shape}] and R [${R.shape}] with rank ${rank}`,
      );
    }
    return [n, r, m, rank].join();
  });
  for (const group of shapes.values()) recomposeAlike(group);
}

function recomposeAlike(layers: readonly Shrinking[]): void {
  const { rank } = layers[0]!;
  // L R = (Q_L^T C_L^T) (C_R Q_R) = Q_L^T (J^T S Y) Q_R
  const ofL = qrOfRows(gathered(layers.map(({ L }) => L), rank, true));
  const ofR = qrOfRows(gathered(layers.map(({ R }) => R), rank, false));
  const core = decomposed(product(transposed(ofL.r), transposed(ofR.r)));
  const [U, V] = balancedCore(core, core.count);
  const { L, R } = signed(
    product(transposed(ofL.q), U),
    product(V, transposed(ofR.q)),
  );
  layers.forEach((layer, b) => {
    copyPart(L, b, layer.L, [layer.L.dim(0), rank]);
    copyPart(R, b, layer.R, [rank, layer.R.dim(1)]);
  });
}

/** The first `rank` columns or rows as rows of one tensor, padded with zeros. */
function gathered(
  all: readonly Tensor[],
  rank: number,
  columns: boolean,
): Tensor {
  const length = all[0]!.dim(columns ? 0 : 1);
  const y = full([all.length, aligned(rank), aligned(length)], 0);
  const [stride, step] = rowMajor(y.shape) as [number, number];
  all.forEach((x, b) => {
    const [row = 0] = rowMajor(x.shape);
    const from = { tensor: x, strides: columns ? [1, row] : [row, 1] };
    const to = { tensor: y, strides: [step, 1], start: b * stride };
    copyStrided("recompose", [rank, length], from, to);
  });
  return y;
}

/** Copies the upper left part of matrix b of x over that of y. */
function copyPart(
  x: Tensor,
  b: number,
  y: Tensor,
  shape: readonly number[],
): void {
  const [stride = 0, ...strides] = rowMajor(x.shape);
  copyStrided(
    "recompose",
    shape,
    { tensor: x, strides, start: b * stride },
    { tensor: y, strides: rowMajor(y.shape) },
  );
}

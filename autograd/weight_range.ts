import { emitRows } from "../kernels/lib/rows.ts";
import { weightRangeRows } from "../kernels/weight_range.ts";
import { Tensor } from "./tensor.ts";

/** How the first scales and zeros of a weight are found. */
export interface WeightRangeOptions {
  /** Bits of a code. */
  readonly bits: number;
  /** Elements that share a scale; default a row of the weight, its size for one scale in all. */
  readonly group?: number;
  /** `mse` searches the range with the least L2.4 error, `minmax` takes all of it. */
  readonly range: "mse" | "minmax";
  /** Rounds the zeros into the codes' range, as LSQ and the plain quantiser do. */
  readonly integerZero?: boolean;
}

/** First scales and zeros of weight [N, K], [N K / group, 1] each; no gradient. */
export function weightRange(
  w: Tensor,
  { bits, group, range, integerZero = false }: WeightRangeOptions,
): { scale: Tensor; zero: Tensor } {
  const columns = group ?? w.size / w.dim(0);
  const rows = w.size / columns;
  if (!Number.isInteger(rows)) {
    throw new RangeError(
      `Cannot quantise weight [${w.shape}] in groups of ${columns}: they do not divide it`,
    );
  }
  const scale = new Tensor([rows, 1]);
  const zero = new Tensor([rows, 1]);
  emitRows(weightRangeRows, { w, scale, zero }, { rows, columns }, {
    params: { top: 2 ** bits - 1 },
    constants: { INTEGER_ZERO: integerZero, SEARCH: range === "mse" },
  });
  return { scale, zero };
}

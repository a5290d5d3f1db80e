import { emitRows } from "../kernels/lib/rows.ts";
import { quantizeRows } from "../kernels/quantize_rows.ts";
import { concat } from "./slices.ts";
import { type LearntRanges, tokensOfSample } from "./fake_quant_activation.ts";
import { reshape } from "./op.ts";
import { Tensor } from "./tensor.ts";

/** How tokens become codes: as `fakeQuantActivation` does it. */
export interface TokenQuantizer {
  /** Bits of a code, 2 to 8. */
  readonly bits: number;
  /** c0, by which every range is shrunk. */
  readonly rangeRatio: number;
  /** Learnt ranges. */
  readonly ranges?: {
    /** Logits of the ranges of min(x), then those of max(x), [2, G]. */
    readonly logits: Tensor;
    /** Which pair each sample uses, u32 [B]. */
    readonly index: Tensor;
  };
}

/** Learnt ranges as a quantiser takes them, [2, G]: joined once, when a layer is loaded. */
export function joinRanges(
  { lower, upper }: Pick<LearntRanges, "lower" | "upper">,
): Tensor {
  const row = (t: Tensor) => reshape(t, [1, t.size]);
  return concat([row(lower), row(upper)], 0);
}

/** Tokens as codes in blocks of 32, and what makes outputs of their products. */
export interface TokenCodes {
  /** The row of the first token: those of other quantisers lie in the same tensors. */
  readonly first: number;
  /** u32, a row of blocks for each token. */
  readonly codes: Tensor;
  /** s, z and sum(q - z) of each token. */
  readonly token: Tensor;
  /** sum(q - z) of each of its groups, if the weight has groups. */
  readonly sums: Tensor;
}

/** What the products need of the codes, the same for all quantisers. */
export interface CodesLayout {
  /** Codes in bytes, else in nibbles. */
  readonly bytes: boolean;
  /** Even bytes before the odd ones, as products with weights in nibbles take them. */
  readonly oddApart: boolean;
  /** Inputs that share a scale in the weight; all without. */
  readonly groupSize?: number | undefined;
}

const MOST = 3; // sets of ranges a kernel binds

/**
 * Quantises x [B, ..., K] token by token with each of `quantizers`, which
 * differ in their ranges alone: three of them, as those of q, k and v, read x once.
 */
export function quantizeTokens(
  x: Tensor,
  quantizers: readonly TokenQuantizer[],
  layout: CodesLayout,
): TokenCodes[] {
  const made: TokenCodes[] = [];
  for (let i = 0; i < quantizers.length; i += MOST) {
    made.push(...quantizeTogether(x, quantizers.slice(i, i + MOST), layout));
  }
  return made;
}

function quantizeTogether(
  x: Tensor,
  quantizers: readonly TokenQuantizer[],
  { bytes: BYTES, oddApart, groupSize }: CodesLayout,
): TokenCodes[] {
  const { bits, rangeRatio, ranges } = quantizers[0]!;
  const SETS = quantizers.length;
  const columns = x.dim(-1);
  const rows = x.size / columns;
  const blocks = Math.ceil(columns / 32);
  const GROUPED = groupSize !== undefined && groupSize < columns;
  const span = GROUPED ? groupSize / 32 : 1;
  const codes = new Tensor([SETS, rows, blocks * (BYTES ? 8 : 4)], "u32");
  const token = new Tensor([SETS, rows, 4]);
  const sums = new Tensor(
    GROUPED ? [SETS, rows, Math.ceil(blocks / span)] : [1],
  );
  const logits = quantizers.map((q) => checkedLogits(q, quantizers[0]!));
  const index = ranges?.index ?? x;
  emitRows(
    quantizeRows,
    {
      x,
      index,
      ranges0: logits[0] ?? x,
      ranges1: logits[1] ?? logits[0] ?? x,
      ranges2: logits[2] ?? logits[0] ?? x,
      codes,
      token,
      sums,
    },
    { rows, columns },
    {
      params: {
        tokens: ranges ? tokensOfSample(x, ranges.index) : rows,
        top: 2 ** bits - 1,
        ratio: rangeRatio,
        half: 2 ** (bits - 1),
        blocks,
        span,
      },
      constants: {
        SETS,
        BYTES,
        GROUPED,
        LEARNED: ranges !== undefined,
        ...(BYTES && { ODD_APART: oddApart }),
      },
    },
  );
  return quantizers.map((_, i) => ({ codes, token, sums, first: i * rows }));
}

/** The logits of a quantiser that can share a pass over x with another. */
function checkedLogits(q: TokenQuantizer, first: TokenQuantizer) {
  if (
    q.bits !== first.bits || q.rangeRatio !== first.rangeRatio ||
    q.ranges?.index !== first.ranges?.index ||
    q.ranges?.logits.size !== first.ranges?.logits.size
  ) {
    throw new RangeError(
      "Cannot quantise tokens together: bits, range ratios or range indices differ",
    );
  }
  return q.ranges?.logits;
}

import { emit } from "../gpu/emit.ts";
import { rangeGradient } from "../kernels/range_gradient.ts";
import {
  fakeQuantActivationBackward,
  fakeQuantActivationForward,
} from "../kernels/fake_quant_activation.ts";
import { emitRows, rowForm } from "../kernels/lib/rows.ts";
import { differentiable } from "./op.ts";
import { like, Tensor } from "./tensor.ts";

/** Learnt ranges: a pair of logits for each span of timesteps. */
export interface LearntRanges {
  /** Logits of the share of max(x) that is kept, [G]. */
  readonly upper: Tensor;
  /** Logits of the share of min(x) that is kept, [G]. */
  readonly lower: Tensor;
  /** Which pair each sample uses, u32 [B]; no gradient. */
  readonly index: Tensor;
}

/** How activations are quantised. */
export interface FakeQuantActivationOptions {
  /** Bits of a code. */
  readonly bits: number;
  /** c0, by which every range is shrunk; default 0.95. */
  readonly rangeRatio?: number;
  /** Without, the range is shrunk by c0 alone. */
  readonly ranges?: LearntRanges;
}

/** c0 of the authors, on top of which the learnt ranges act. */
export const RANGE_RATIO = 0.95;

/**
 * Quantises and dequantises x [B, ..., D] token by token over the last axis,
 * with the dynamic range of each token. Gradients pass straight through the
 * rounding, and through the range to its extremes and to the logits of the learnt ranges.
 */
export function fakeQuantActivation(
  x: Tensor,
  { bits, rangeRatio = RANGE_RATIO, ranges }: FakeQuantActivationOptions,
): Tensor {
  const columns = x.dim(-1);
  const rows = x.size / columns;
  const tokens = ranges ? tokensOfRanges(x, ranges) : rows;
  const options = {
    params: { tokens, top: 2 ** bits - 1, ratio: rangeRatio },
    constants: { LEARNED: ranges !== undefined },
  };
  const { upper, lower, index } = ranges ?? { upper: x, lower: x, index: x };
  const y = like(x);
  const extremes = new Tensor([rows, 2]);
  emitRows(
    fakeQuantActivationForward,
    { x, upper, lower, index, y, extremes },
    { rows, columns },
    options,
  );
  const inputs = ranges ? [x, upper, lower] : [x];
  return differentiable(y, inputs, (dy) => {
    const dx = like(x);
    const dranges = new Tensor([rows, 2]);
    emitRows(
      fakeQuantActivationBackward,
      { x, upper, lower, index, seen: extremes, dy, dx, dranges },
      { rows, columns },
      options,
    );
    if (!ranges) return [dx];
    const [dupper, dlower] = [like(upper), like(lower)];
    const { kernel, constants } = rowForm(rangeGradient, 1);
    emit(
      kernel,
      { dranges, index, upper, lower, dupper, dlower },
      upper.size,
      { params: { samples: index.size, tokens }, constants },
    );
    return [dx, dupper, dlower];
  });
}

/** How many rows of x share one range index, u32 [B]. */
export function tokensOfSample(x: Tensor, index: Tensor): number {
  const rows = x.size / x.dim(-1);
  if (index.dtype !== "u32" || rows % index.size !== 0) {
    throw new RangeError(
      `Cannot quantise [${x.shape}]: the range index takes u32 [${
        x.dim(0)
      }], found ${index.dtype} [${index.shape}]`,
    );
  }
  return rows / index.size;
}

function tokensOfRanges(
  x: Tensor,
  { upper, lower, index }: LearntRanges,
): number {
  if (upper.size !== lower.size) {
    throw new RangeError(
      `Cannot quantise [${x.shape}]: ranges [${upper.shape}] and [${lower.shape}] differ`,
    );
  }
  return tokensOfSample(x, index);
}

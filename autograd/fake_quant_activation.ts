import { emit } from "../gpu/record.ts";
import { clipGradient } from "../kernels/clip_gradient.ts";
import {
  fakeQuantActivationBackward,
  fakeQuantActivationForward,
} from "../kernels/fake_quant_activation.ts";
import { emitRows, rowForm } from "../kernels/lib/rows.ts";
import { differentiable } from "./op.ts";
import { like, Tensor } from "./tensor.ts";

/** Learned clips: a pair of logits for each group of timesteps. */
export interface Clips {
  /** Logits of the clip of max(x), [G]. */
  readonly upper: Tensor;
  /** Logits of the clip of min(x), [G]. */
  readonly lower: Tensor;
  /** Which pair each sample uses, u32 [B]; no gradient. */
  readonly index: Tensor;
}

/** How activations are quantised. */
export interface FakeQuantActivationOptions {
  /** Bits of a code. */
  readonly bits: number;
  /** c0, by which every range is shrunk; default 0.95. */
  readonly clipRatio?: number;
  /** Without, the range is shrunk by c0 alone. */
  readonly clips?: Clips;
}

/** c0 of the authors, on top of which the learned clips act. */
export const CLIP_RATIO = 0.95;

/**
 * Quantises and dequantises x [B, ..., D] token by token over the last axis,
 * with the dynamic range of each token. Gradients pass straight through the
 * rounding, and through the range to its extremes and to the clip logits.
 */
export function fakeQuantActivation(
  x: Tensor,
  { bits, clipRatio = CLIP_RATIO, clips }: FakeQuantActivationOptions,
): Tensor {
  const columns = x.dim(-1);
  const rows = x.size / columns;
  const tokens = clips ? tokensOfClips(x, clips) : rows;
  const options = {
    params: { tokens, top: 2 ** bits - 1, clip: clipRatio },
    constants: { LEARNED: clips !== undefined },
  };
  const { upper, lower, index } = clips ?? { upper: x, lower: x, index: x };
  const y = like(x);
  const extremes = new Tensor([rows, 2]);
  emitRows(
    fakeQuantActivationForward,
    { x, upper, lower, index, y, extremes },
    { rows, columns },
    options,
  );
  const inputs = clips ? [x, upper, lower] : [x];
  return differentiable(y, inputs, (dy) => {
    const dx = like(x);
    const dclips = new Tensor([rows, 2]);
    emitRows(
      fakeQuantActivationBackward,
      { x, upper, lower, index, seen: extremes, dy, dx, dclips },
      { rows, columns },
      options,
    );
    if (!clips) return [dx];
    const [dupper, dlower] = [like(upper), like(lower)];
    const { kernel, constants } = rowForm(clipGradient, 1);
    emit(
      kernel,
      { dclips, index, upper, lower, dupper, dlower },
      upper.size,
      { params: { samples: index.size, tokens }, constants },
    );
    return [dx, dupper, dlower];
  });
}

/** How many rows of x share one clip index, u32 [B]. */
export function tokensOfSample(x: Tensor, index: Tensor): number {
  const rows = x.size / x.dim(-1);
  if (index.dtype !== "u32" || rows % index.size !== 0) {
    throw new RangeError(
      `Cannot quantise [${x.shape}]: the clip index takes u32 [${
        x.dim(0)
      }], found ${index.dtype} [${index.shape}]`,
    );
  }
  return rows / index.size;
}

function tokensOfClips(x: Tensor, { upper, lower, index }: Clips): number {
  if (upper.size !== lower.size) {
    throw new RangeError(
      `Cannot quantise [${x.shape}]: clips [${upper.shape}] and [${lower.shape}] differ`,
    );
  }
  return tokensOfSample(x, index);
}

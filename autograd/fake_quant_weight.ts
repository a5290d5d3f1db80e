import { emit, spread } from "../gpu/record.ts";
import {
  fakeQuantWeightBackward,
  fakeQuantWeightForward,
  TILE_ROWS,
  weightEncode,
} from "../kernels/fake_quant_weight.ts";
import { emitRows, rowForm } from "../kernels/lib/rows.ts";
import { blockSum } from "./block_sums.ts";
import { lowRankGradients } from "./low_rank.ts";
import { differentiable, reshape } from "./op.ts";
import { like, Tensor } from "./tensor.ts";

/** How a weight [N, K] is quantised: runs of N K / scale.size elements share a scale. */
export interface WeightQuantizer {
  /** s, one a row, a group or the whole tensor; learned. */
  readonly scale: Tensor;
  /** z, as many; learned, unless `integerZero`. */
  readonly zero: Tensor;
  readonly bits: number;
  /** LSQ and plain uniform: z holds whole numbers and is added after the rounding. */
  readonly integerZero?: boolean;
}

export interface FakeQuantWeightOptions extends WeightQuantizer {
  /** Multiplies the gradients of s and z by 1 / sqrt(elements of a scale * P). */
  readonly scaleGradients?: boolean;
  /** Adds the low-rank branch (L diag(gamma)) R. */
  readonly lowRank?: LowRank;
}

/** The auxiliary module Phi: L [N, r], R [r, K], gamma [r] without gradient. */
export interface LowRank {
  readonly L: Tensor;
  readonly R: Tensor;
  readonly gamma: Tensor;
}

/**
 * The effective weight of a layer in training (Eq. 4, 10, 14):
 * Q(W) = s (q - z), q = clamp(round(W / s + z), 0, P), plus the low-rank
 * branch if given. Gradients pass straight through the rounding and through
 * the clamp on its bounds, to W, s, z, L and R.
 */
export function fakeQuantWeight(
  w: Tensor,
  options: FakeQuantWeightOptions,
): Tensor {
  const { scale, zero, bits, integerZero = false, lowRank } = options;
  const [N, K] = [w.dim(0), w.size / w.dim(0)];
  const sums = sumsOf(w, options);
  if (lowRank) checkLowRank(w, lowRank);
  const top = 2 ** bits - 1;
  const factor = options.scaleGradients
    ? 1 / Math.sqrt(sums.perScale * top)
    : 1;
  const constants = { INTEGER_ZERO: integerZero };
  const y = like(w);
  const wide = K % 4 === 0 && sums.perScale % 4 === 0;
  const form = rowForm(fakeQuantWeightForward, K, wide);
  emit(
    form.kernel,
    {
      w,
      scale,
      zero,
      left: lowRank?.L ?? w,
      right: lowRank?.R ?? w,
      gamma: lowRank?.gamma ?? w,
      y,
    },
    spread(N, TILE_ROWS),
    {
      params: {
        rows: N,
        columns: form.columns,
        walk: 1,
        per_scale: sums.perScale / (wide ? 4 : 1),
        rank: lowRank?.gamma.size ?? 0,
        top,
        grad_factor: factor,
      },
      constants: { ...constants, ...form.constants },
    },
  );
  const learned = integerZero ? [scale] : [scale, zero];
  const phi = lowRank ? [lowRank.L, lowRank.R] : [];
  return differentiable(y, [w, ...learned, ...phi], (dy) => {
    const dw = like(w);
    const dscale = new Tensor([sums.rows, 1]);
    const dzero = new Tensor([sums.rows, 1]);
    emitRows(
      fakeQuantWeightBackward,
      { w, scale, zero, dy, dw, dscale, dzero },
      sums,
      {
        params: { per_scale: sums.pieces, rank: 0, top, grad_factor: factor },
        constants,
      },
    );
    const collect = (d: Tensor) =>
      reshape(sums.pieces > 1 ? blockSum(d, scale.size) : d, scale.shape);
    return [
      dw,
      collect(dscale),
      ...(integerZero ? [] : [collect(dzero)]),
      ...(lowRank ? lowRankGradients(reshape(dy, [N, K]), lowRank) : []),
    ];
  });
}

/** The codes of a weight, whole numbers in floats, in the weight's shape; no gradient. */
export function weightCodes(w: Tensor, quantizer: WeightQuantizer): Tensor {
  const { scale, zero, bits, integerZero = false } = quantizer;
  const sums = sumsOf(w, quantizer);
  const y = like(w);
  emitRows(weightEncode, { w, scale, zero, y }, sums, {
    params: {
      per_scale: sums.pieces,
      rank: 0,
      top: 2 ** bits - 1,
      grad_factor: 1,
    },
    constants: { INTEGER_ZERO: integerZero },
  });
  return y;
}

/** Rows over which the gradients of a scale are summed: long runs in pieces of a weight row. */
function sumsOf(w: Tensor, { scale, zero }: WeightQuantizer) {
  const perScale = w.size / scale.size;
  if (!Number.isInteger(perScale) || zero.size !== scale.size) {
    throw new RangeError(
      `Cannot quantise weight [${w.shape}]: scale [${scale.shape}] and zero [${zero.shape}] do not divide it`,
    );
  }
  const K = w.size / w.dim(0);
  const columns = perScale > K && perScale % K === 0 ? K : perScale;
  return {
    perScale,
    columns,
    rows: w.size / columns,
    pieces: perScale / columns,
  };
}

function checkLowRank(w: Tensor, { L, R, gamma }: LowRank): void {
  const [N, K, r] = [w.dim(0), w.size / w.dim(0), gamma.size];
  if (L.size !== N * r || R.size !== r * K) {
    throw new RangeError(
      `Cannot add a low-rank branch to weight [${w.shape}]: L [${L.shape}] and R [${R.shape}] are not of rank ${r}, the length of gamma`,
    );
  }
}

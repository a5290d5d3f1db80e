import {
  fakeQuantWeightBackward,
  fakeQuantWeightForward,
  weightEncode,
} from "../kernels/fake_quant_weight.ts";
import { emitRows } from "../kernels/lib/rows.ts";
import { blockSum } from "./block_sums.ts";
import { type LowRank, lowRankBranch } from "./low_rank.ts";
import { differentiable, reshape } from "./op.ts";
import { like, Tensor } from "./tensor.ts";

/** How a weight [N, K] is quantised: runs of N K / scale.size elements share a scale. */
export interface WeightQuantizer {
  /** s, one a row, a group or the whole tensor; learned. */
  readonly scale: Tensor;
  /** z, as many; learned, unless `integerZero`. */
  readonly zero: Tensor;
  /** Bits of a code. */
  readonly bits: number;
  /** LSQ and plain uniform: z holds whole numbers and is added after the rounding. */
  readonly integerZero?: boolean;
}

/** How a weight is quantised in training. */
export interface FakeQuantWeightOptions extends WeightQuantizer {
  /** Multiplies the gradients of s and z by 1 / sqrt(elements of a scale * P). */
  readonly scaleGradients?: boolean;
  /** Adds the low-rank branch (L diag(gamma)) R. */
  readonly lowRank?: LowRank;
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
  const { scale, zero, integerZero = false, lowRank } = options;
  const run = runOf(w, options);
  const y = like(w);
  const branch = lowRank && lowRankBranch(w, lowRank);
  emitRows(
    fakeQuantWeightForward,
    { w, scale, zero, branch: branch?.value ?? w, y },
    run.size,
    {
      ...run.options,
      constants: { ...run.options.constants, BRANCH: branch !== undefined },
    },
  );
  const learned = integerZero ? [scale] : [scale, zero];
  const phi = lowRank ? [lowRank.L, lowRank.R] : [];
  return differentiable(y, [w, ...learned, ...phi], (dy) => {
    const dw = like(w);
    const [ds, dz] = [
      new Tensor([run.size.rows, 1]),
      new Tensor([run.size.rows, 1]),
    ];
    emitRows(
      fakeQuantWeightBackward,
      { w, scale, zero, dy, dw, dscale: ds, dzero: dz },
      run.size,
      run.options,
    );
    const collected = (d: Tensor) =>
      reshape(d.size > scale.size ? blockSum(d, scale.size) : d, scale.shape);
    return [
      dw,
      ...(integerZero ? [ds] : [ds, dz]).map(collected),
      ...(branch ? branch.gradients(dy) : []),
    ];
  });
}

/** The codes of a weight, whole numbers in floats, in the weight's shape; no gradient. */
export function weightCodes(w: Tensor, quantizer: WeightQuantizer): Tensor {
  const { scale, zero } = quantizer;
  const run = runOf(w, quantizer);
  const y = like(w);
  emitRows(weightEncode, { w, scale, zero, y }, run.size, run.options);
  return y;
}

/** The rows of the kernels: the run of each scale, cut into weight rows where it is longer. */
function runOf(
  w: Tensor,
  { scale, zero, bits, integerZero, scaleGradients }: FakeQuantWeightOptions,
) {
  const perScale = w.size / scale.size;
  if (!Number.isInteger(perScale) || zero.size !== scale.size) {
    throw new RangeError(
      `Cannot quantise weight [${w.shape}]: scale [${scale.shape}] and zero [${zero.shape}] do not divide it`,
    );
  }
  const K = w.size / w.dim(0);
  const columns = perScale > K && perScale % K === 0 ? K : perScale;
  const top = 2 ** bits - 1;
  return {
    size: { rows: w.size / columns, columns },
    options: {
      params: {
        pieces: perScale / columns,
        top,
        grad_factor: scaleGradients ? 1 / Math.sqrt(perScale * top) : 1,
      },
      constants: { INTEGER_ZERO: integerZero ?? false },
    },
  };
}

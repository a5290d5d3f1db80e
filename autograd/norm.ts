import { emitRows } from "../kernels/lib/rows.ts";
import { normBackward, normForward } from "../kernels/norm.ts";
import { blockSumsNormalized } from "./block_sums.ts";
import { differentiable, reshape } from "./op.ts";
import { like, Tensor } from "./tensor.ts";

/** LayerNorm over the last axis of x [..., D], with weight and bias [D] if given. */
export function layerNorm(
  x: Tensor,
  { weight, bias, eps }: { weight?: Tensor; bias?: Tensor; eps: number },
): Tensor {
  return normalize("layerNorm", x, { gain: weight, shift: bias, eps });
}

/** RMSNorm over the last axis of x [..., D], with weight [D] if given. */
export function rmsNorm(
  x: Tensor,
  { weight, eps }: { weight?: Tensor; eps: number },
): Tensor {
  return normalize("rmsNorm", x, { gain: weight, eps, centre: false });
}

/** Adaptive LayerNorm: LN(x) (1 + scale) + shift, x [B, L, D], shift and scale [B, D]. */
export function layerNormModulate(
  x: Tensor,
  shift: Tensor,
  scale: Tensor,
  eps: number,
): Tensor {
  return normalize("layerNormModulate", x, {
    gain: scale,
    shift,
    eps,
    one: 1,
    blocks: x.dim(0),
  });
}

/** The affine part of a norm. */
export interface NormForm {
  readonly gain?: Tensor | undefined;
  readonly shift?: Tensor | undefined;
  readonly eps: number;
  readonly centre?: boolean;
  /** What is added to the gain. */
  readonly one?: number;
  /** How many blocks of rows have a gain and a shift of their own. */
  readonly blocks?: number;
}

function normalize(name: string, x: Tensor, form: NormForm): Tensor {
  const { gain, shift, eps, centre = true, one = 0, blocks = 1 } = form;
  const columns = x.dim(-1);
  for (const t of [gain, shift]) {
    if (t && t.size !== blocks * columns) {
      throw new RangeError(
        `Cannot apply ${name}: x [${x.shape}] takes vectors of ${blocks} x ${columns} values, found [${t.shape}]`,
      );
    }
  }
  const size = { rows: x.size / columns, columns };
  const options = {
    params: { span: size.rows / blocks, count: columns, eps, one },
    constants: { CENTRE: centre, GAIN: !!gain, SHIFT: !!shift },
  };
  const y = like(x);
  const stats = new Tensor([size.rows, 2]);
  const vectors = { gain: gain ?? x, shift: shift ?? x };
  emitRows(normForward, { x, ...vectors, y, stats }, size, options);
  const inputs = [x, ...(gain ? [gain] : []), ...(shift ? [shift] : [])];
  return differentiable(y, inputs, (dy, take) => {
    const d = normGradients(x, dy, stats, { ...form, centre }, take(0));
    return [
      d.x,
      ...(gain ? [reshape(d.gain, gain.shape)] : []),
      ...(shift ? [reshape(d.shift, shift.shape)] : []),
    ];
  });
}

/**
 * The gradients of a norm over rows of x [..., D] from its stats [rows, 2]:
 * mean, rstd. That of x is added to the one `before`.
 */
export function normGradients(
  x: Tensor,
  dy: Tensor,
  stats: Tensor,
  { gain, eps, centre = true, one = 0, blocks = 1 }: NormForm,
  before?: Tensor,
): { readonly x: Tensor; readonly gain: Tensor; readonly shift: Tensor } {
  const columns = x.dim(-1);
  const size = { rows: x.size / columns, columns };
  const dx = like(x);
  const [scale, sum] = [gain ?? x, before ?? x];
  const tensors = { x, gain: scale, seen: stats, dy, dx, before: sum };
  emitRows(normBackward, tensors, size, {
    params: { span: size.rows / blocks, count: columns, eps, one },
    constants: { CENTRE: centre, GAIN: !!gain, ADD: !!before },
  });
  const [dshift, dgain] = blockSumsNormalized(dy, x, stats, blocks);
  return { x: dx, gain: dgain, shift: dshift };
}

/** x / max(|x|, 1e-12) sqrt(C) gamma over the channels: x [..., C], gamma [C]. */
export function channelRmsNorm(x: Tensor, gamma: Tensor): Tensor {
  // The bound of the length as an epsilon of the mean square: equal in f32.
  return rmsNorm(x, { weight: gamma, eps: 1e-24 / x.dim(-1) });
}

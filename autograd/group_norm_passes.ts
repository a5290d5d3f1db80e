import type { Params } from "../gpu/kernel.ts";
import { emit } from "../gpu/emit.ts";
import {
  groupMoments,
  groupNormBackward,
  groupNormForward,
  groupStatistics,
} from "../kernels/group_norm.ts";
import { emitRows, rowForm } from "../kernels/lib/rows.ts";
import { columnsEach } from "../kernels/lib/walks.ts";
import { like, Tensor } from "./tensor.ts";

// The dispatches behind `groupNorm`.

/** How `groupNorm` normalises. */
export interface GroupNormOptions {
  /** Groups of neighbouring channels. */
  readonly groups: number;
  /** Added to the variance. */
  readonly eps: number;
  /** [C]. */
  readonly weight?: Tensor;
  /** [C]. */
  readonly bias?: Tensor;
}

/** What follows a norm in the same pass over memory, without a gradient. */
export interface AfterNorm {
  readonly silu?: boolean;
  readonly zq?: Tensor;
}

// Enough partial sums to keep a GPU busy, few enough to add up in one go.
const MOST_CHUNKS = 64;
const LEAST_ROWS = 16;
const MOST_ROWS = 16384; // turns of one thread's loop; drivers end longer ones

/** Means and 1 / deviations, [2, B, C]. */
export function statistics(x: Tensor, options: GroupNormOptions): Tensor {
  const { groups, weight, bias } = options;
  const [B, C] = [x.dim(0), x.dim(-1)];
  const fits = Number.isInteger(C / groups) &&
    [weight, bias].every((t) => !t || t.size === C);
  if (!fits) {
    throw new RangeError(
      `Cannot apply groupNorm: x [${x.shape}] takes groups that divide ${C} and vectors of ${C}, found ${groups} groups, weight [${weight?.shape}], bias [${bias?.shape}]`,
    );
  }
  const { chunks } = cut(x);
  const { kernel, lanes, columns, constants } = rowForm(groupMoments, C);
  const SPAN = columnsEach();
  const given = {
    params: { ...params(x, options), rows: x.size / C, columns, walk: 1 },
  };
  const partial = new Tensor([2, B, chunks, C]);
  emit(
    kernel,
    { x, partial },
    [Math.ceil(columns / (lanes * SPAN)), chunks, B],
    { ...given, constants: { ...constants, SPAN } },
  );
  const stats = new Tensor([2, B, C]);
  const form = rowForm(groupStatistics, C, false);
  emit(form.kernel, { partials: partial, stats }, [groups, B], {
    ...given,
    constants: form.constants,
  });
  return stats;
}

/** y from x and its statistics. */
export function normalized(
  x: Tensor,
  stats: Tensor,
  options: GroupNormOptions,
  { silu = false, zq }: AfterNorm,
): Tensor {
  const { weight, bias } = options;
  const y = like(x);
  const tensors = {
    x,
    seen: stats,
    gain: weight ?? x,
    shift: bias ?? x,
    zq: zq ?? x,
    y,
  };
  emitRows(groupNormForward, tensors, rowsOf(x), {
    params: params(x, options, zq),
    constants: { GAIN: !!weight, SHIFT: !!bias, SILU: silu, SPATIAL: !!zq },
  });
  return y;
}

/** dx from dy and the means over each group of what reaches it, [2, B, C]. */
export function denormalized(
  x: Tensor,
  stats: Tensor,
  options: GroupNormOptions,
  dy: Tensor,
  means: Tensor,
): Tensor {
  const { weight } = options;
  const dx = like(x);
  const tensors = { x, seen: stats, gain: weight ?? x, dy, means, dx };
  emitRows(groupNormBackward, tensors, rowsOf(x), {
    params: params(x, options),
    constants: { GAIN: !!weight },
  });
  return dx;
}

function rowsOf(x: Tensor) {
  return { rows: x.size / x.dim(-1), columns: x.dim(-1) };
}

/** How the rows of a clip are cut for partial sums. */
function cut(x: Tensor) {
  const span = x.size / x.dim(-1) / x.dim(0);
  const share = Math.ceil(span / MOST_CHUNKS);
  const chunk = Math.min(Math.max(LEAST_ROWS, share), MOST_ROWS);
  return { span, chunk, chunks: Math.ceil(span / chunk) };
}

function params(
  x: Tensor,
  { groups, eps }: GroupNormOptions,
  zq?: Tensor,
): Params {
  const [T = 1, H = 1, W = 1] = zq ? x.shape.slice(1) : [];
  const [t = 1, h = 1, w = 1] = zq ? zq.shape.slice(1) : [];
  return {
    ...cut(x),
    groups,
    channels: x.dim(-1) / groups,
    eps,
    grid: [T, H, W, T > 1 && T % 2 ? 1 : 0],
    coarse: [t, h, w, 0],
  };
}

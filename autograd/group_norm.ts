import { blockSum, blockSumWeighted } from "./block_sums.ts";
import { expand } from "./axes.ts";
import {
  denormalized,
  type GroupNormOptions,
  normalized,
  statistics,
} from "./group_norm_passes.ts";
import { mul } from "./binary.ts";
import { differentiable, reshape } from "./op.ts";
import { scale } from "./unary.ts";
import { stack } from "./slices.ts";
import { sum } from "./reductions.ts";
import type { Tensor } from "./tensor.ts";

/** GroupNorm, channels last: x [B, ..., C]; each clip and group has one mean and deviation. */
export function groupNorm(x: Tensor, options: GroupNormOptions): Tensor {
  const stats = statistics(x, options);
  const y = normalized(x, stats, options, {});
  const { weight, bias, groups } = options;
  const inputs = [x, ...(weight ? [weight] : []), ...(bias ? [bias] : [])];
  return differentiable(y, inputs, (dy) => {
    const [B, C] = [x.dim(0), x.dim(-1)];
    const n = normalized(x, stats, { groups, eps: options.eps }, {});
    const sums = [blockSum(dy, B), blockSumWeighted(dy, n, B)];
    const [db, dw] = sums.map((s) => sum(s, [0]));
    // What reaches a group, as a mean over it, written out for each channel.
    const grouped = (s: Tensor) => {
      const g = reshape(weight ? mul(s, weight) : s, [B, groups, C / groups]);
      const mean = scale(sum(g, [2], { keep: true }), B * groups / x.size);
      return reshape(expand(mean, g.shape), [B, C]);
    };
    const means = stack(sums.map(grouped), 0);
    const dx = denormalized(x, stats, options, dy, means);
    return [dx, ...(weight ? [dw] : []), ...(bias ? [db] : [])];
  });
}

/** silu(groupNorm(x)) in one pass, for inference: it takes no gradient. */
export function groupNormSilu(x: Tensor, options: GroupNormOptions): Tensor {
  return normalized(x, statistics(x, options), options, { silu: true });
}

/**
 * silu(groupNorm(x) y + b), for inference: x [B, T, H, W, C], and zq
 * [B, t, h, w, 2 C] holds y and b on a coarser grid, of which the nearest place
 * counts. Where T is odd the first frames of both belong together.
 */
export function spatialNormSilu(
  x: Tensor,
  zq: Tensor,
  options: GroupNormOptions,
): Tensor {
  const fits = x.shape.length === 5 && zq.shape.length === 5 &&
    zq.dim(0) === x.dim(0) && zq.dim(4) === 2 * x.dim(4);
  if (!fits) {
    throw new RangeError(
      `Cannot apply spatialNormSilu: x [${x.shape}] does not fit zq [${zq.shape}]`,
    );
  }
  return normalized(x, statistics(x, options), options, { silu: true, zq });
}

import { emit, spread, traits } from "../gpu/emit.ts";
import { rowsEach } from "../kernels/lib/walks.ts";
import { ropePairs, ropeWide } from "../kernels/rope.ts";
import { differentiable } from "./op.ts";
import { like, type Tensor } from "./tensor.ts";

/**
 * Rotary embedding of the interleaved pairs of x [B, L, H, Dh] by tables cos
 * and sin [L, Dh] that hold each value twice; no gradient to the tables.
 */
export function rope(x: Tensor, cos: Tensor, sin: Tensor): Tensor {
  const [L, Dh] = [x.dim(1), x.dim(3)];
  if (cos.size !== L * Dh || sin.size !== L * Dh || Dh % 2 !== 0) {
    throw new RangeError(
      `Cannot apply rope: x [${x.shape}] takes tables [${L},${Dh}] of pairs, found [${cos.shape}] and [${sin.shape}]`,
    );
  }
  return differentiable(turned(x, cos, sin, 1), [x], (dy) => [
    turned(dy, cos, sin, -1),
  ]);
}

/** x [B, L, H, Dh] turned by the tables, forth (1) or back (-1), without a gradient. */
export function turned(
  x: Tensor,
  cos: Tensor,
  sin: Tensor,
  way: 1 | -1,
): Tensor {
  const [B, L, H, Dh] = x.shape as [number, number, number, number];
  const step = Dh % 4 === 0 ? 4 : 2;
  const walk = rowsEach();
  const y = like(x);
  emit(
    step === 4 ? ropeWide : ropePairs,
    { x, cosine: cos, sine: sin, y },
    spread(B * L, walk),
    {
      params: { rows: B * L, heads: H, walk, tokens: L, head: Dh / step, way },
      constants: { LANES: traits().subgroupSize || 64 },
    },
  );
  return y;
}

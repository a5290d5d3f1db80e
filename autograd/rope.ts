import { emit, spread, traits } from "../gpu/record.ts";
import { ropePairs, ropeWide } from "../kernels/rope.ts";
import { differentiable } from "./op.ts";
import { like, type Tensor } from "./tensor.ts";

const WALK = 8; // tokens a workgroup on software adapters, where starting one is dear

/**
 * Rotary embedding of the interleaved pairs of x [B, L, H, Dh] by tables cos
 * and sin [L, Dh] that hold each value twice; no gradient to the tables.
 */
export function rope(x: Tensor, cos: Tensor, sin: Tensor): Tensor {
  const [L, H, Dh] = [x.dim(1), x.dim(2), x.dim(3)];
  if (cos.size !== L * Dh || sin.size !== L * Dh || Dh % 2 !== 0) {
    throw new RangeError(
      `Cannot apply rope: x [${x.shape}] takes tables [${L},${Dh}] of pairs, found [${cos.shape}] and [${sin.shape}]`,
    );
  }
  const { subgroupSize, software } = traits();
  const step = Dh % 4 === 0 ? 4 : 2;
  const walk = software ? WALK : 1;
  const params = {
    rows: x.dim(0) * L,
    heads: H,
    walk,
    tokens: L,
    head: Dh / step,
  };
  const turn = (v: Tensor, way: number) => {
    const y = like(v);
    emit(
      step === 4 ? ropeWide : ropePairs,
      { x: v, cosine: cos, sine: sin, y },
      spread(params.rows, walk),
      {
        params: { ...params, way },
        constants: { LANES: subgroupSize || 64 },
      },
    );
    return y;
  };
  return differentiable(turn(x, 1), [x], (dy) => [turn(dy, -1)]);
}

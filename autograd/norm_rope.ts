import { emit, spread, traits } from "../gpu/emit.ts";
import { rowsEach } from "../kernels/lib/walks.ts";
import { normRope, normRopePlain } from "../kernels/norm_rope.ts";
import { layerNorm, normGradients, rmsNorm } from "./norm.ts";
import { differentiable, reshape } from "./op.ts";
import { rope, turned } from "./rope.ts";
import { Tensor } from "./tensor.ts";

/** Options of `rmsNormRope`. */
export interface RmsNormRopeOptions {
  /** Added to the mean square. */
  readonly eps: number;
  /** Heads of a token. */
  readonly heads: number;
}

/**
 * RMSNorm over all heads of a token at once, x [B, L, H Dh] with weight [H Dh],
 * then `rope` by tables [L, Dh], in one pass: [B, L, H, Dh].
 *
 * @example
 * ```ts
 * import { fromArray, openGpu, record } from "@qvgen/qvgen";
 * import { rmsNormRope } from "@qvgen/qvgen/autograd";
 *
 * using gpu = await openGpu();
 * const x = fromArray(gpu, [1, 1, 4], [3, 0, 3, 0]);
 * const weight = fromArray(gpu, [4], [1, 1, 1, 1]);
 * const cos = fromArray(gpu, [1, 4], [0, 0, 1, 1]); // the first pair turns by 90 degrees
 * const sin = fromArray(gpu, [1, 4], [1, 1, 0, 0]);
 * using plan = await record(
 *   gpu,
 *   () => rmsNormRope(x, weight, cos, sin, { eps: 1e-6, heads: 1 }).keep(),
 * );
 * plan.run();
 * console.log(await plan.result.read(gpu)); // [0, 1.41, 1.41, 0]
 * ```
 */
export function rmsNormRope(
  x: Tensor,
  weight: Tensor,
  cos: Tensor,
  sin: Tensor,
  { eps, heads }: RmsNormRopeOptions,
): Tensor {
  const [B, L, D] = [x.dim(0), x.dim(1), x.dim(2)];
  const split = [B, L, heads, D / heads];
  if (D / heads % 4 !== 0) { // no whole vectors: one after the other
    return rope(reshape(rmsNorm(x, { weight, eps }), split), cos, sin);
  }
  return fused("rmsNormRope", x, split, { weight, cos, sin, eps });
}

/** Options of `layerNormRope`. */
export interface LayerNormRopeOptions {
  /** Added to the variance. */
  readonly eps: number;
}

/**
 * LayerNorm of each head, x [B, L, H, Dh] with weight and bias [Dh], then
 * `rope` by tables [L, Dh], in one pass: [B, L, H, Dh]. Tokens whose cos is 1
 * and sin is 0 are only normalised.
 */
export function layerNormRope(
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  cos: Tensor,
  sin: Tensor,
  { eps }: LayerNormRopeOptions,
): Tensor {
  if (x.dim(-1) % 4 !== 0) {
    return rope(layerNorm(x, { weight, bias, eps }), cos, sin);
  }
  return fused("layerNormRope", x, x.shape, { weight, bias, cos, sin, eps });
}

interface Form {
  readonly weight: Tensor;
  readonly bias?: Tensor;
  readonly cos: Tensor;
  readonly sin: Tensor;
  readonly eps: number;
}

/** Rows of x as they come; heads as `split` [B, L, H, Dh] has them. */
function fused(
  name: string,
  x: Tensor,
  split: readonly number[],
  { weight, bias, cos, sin, eps }: Form,
): Tensor {
  const [B, L, , Dh] = split as [number, number, number, number];
  const columns = x.dim(-1);
  const fits =
    [weight, ...(bias ? [bias] : [])].every((t) => t.size === columns) &&
    [cos, sin].every((t) => t.size === L * Dh);
  if (!fits) {
    throw new RangeError(
      `Cannot apply ${name}: x [${x.shape}] takes vectors [${columns}] and tables [${L},${Dh}], found [${weight.shape}] and [${cos.shape}]`,
    );
  }
  const y = new Tensor(split);
  const rows = x.size / columns;
  const stats = new Tensor([rows, 2]);
  const { subgroupSize } = traits();
  const walk = rowsEach();
  emit(
    subgroupSize > 0 ? normRope : normRopePlain,
    {
      x,
      gain: weight,
      shift: bias ?? weight,
      cosine: cos,
      sine: sin,
      y,
      stats,
    },
    spread(rows, walk),
    {
      params: {
        rows,
        columns: columns / 4,
        walk,
        tokens: L,
        parts: rows / (B * L),
        head: Dh / 4,
        count: columns,
        eps,
      },
      constants: {
        CENTRE: !!bias,
        SHIFT: !!bias,
        ...(subgroupSize > 0 ? { LANES: subgroupSize } : {}),
      },
    },
  );
  return differentiable(y, [x, weight, ...(bias ? [bias] : [])], (dy) => {
    const back = reshape(turned(dy, cos, sin, -1), x.shape);
    const form = { gain: weight, eps, centre: !!bias };
    const d = normGradients(x, back, stats, form);
    return [
      d.x,
      reshape(d.gain, weight.shape),
      ...(bias ? [reshape(d.shift, bias.shape)] : []),
    ];
  });
}

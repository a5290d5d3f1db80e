import {
  ATTENTION_PRECISIONS,
  type AttentionPrecision,
} from "../kernels/attention_tiles.ts";
import {
  attentionRowTerms,
  biasGradient,
  type Heads,
  walkBackward,
  walkForward,
} from "./attention_passes.ts";
import { differentiable } from "./op.ts";
import { aligned, resized } from "./product.ts";
import type { Tensor } from "./tensor.ts";

/** What may change the scores of `attention`. */
export interface AttentionOptions {
  /** Factor of q k^T; default 1 / sqrt(Dh). */
  readonly scale?: number;
  /** [B, Lk]: 1 keeps a key, 0 drops it. A query without any key gives zeros. */
  readonly keyMask?: Tensor | undefined;
  /** [1 or B, H, Lq, Lk], added to the scores. */
  readonly bias?: Tensor | undefined;
  /**
   * How q, k and v are kept while scores are computed; default "f32". "f16"
   * halves them, relative error about 4e-4. "int8" keeps rows of q and of k
   * less its mean in 8 bits, and v in f16: about 5e-3 (SageAttention, arXiv
   * 2410.02367). Sums are f32. Neither has a gradient. Adapters without
   * subgroups stay at f32, and v does where a lane holds too little of a row.
   */
  readonly precision?: AttentionPrecision;
}

export { ATTENTION_PRECISIONS, type AttentionPrecision };

/**
 * softmax(scale q k^T + bias) v of each head: q [B, Lq, H, Dh], k and v
 * [B, Lk, H, Dh] -> [B, Lq, H, Dh]. The scores never reach memory; the
 * pullback computes them again from the log-sum-exp of each row. Walks of any
 * length work: long ones are split over dispatches.
 *
 * @example Coarser scores where no gradient is wanted
 * ```ts
 * import { attention, fromArray, openGpu, record } from "@qvgen/qvgen";
 *
 * using gpu = await openGpu();
 * const q = fromArray(gpu, [1, 1, 1, 4], [1, 0, 0, 0]);
 * const k = fromArray(gpu, [1, 2, 1, 4], [9, 0, 0, 0, -9, 0, 0, 0]);
 * const v = fromArray(gpu, [1, 2, 1, 4], [1, 2, 3, 4, 5, 6, 7, 8]);
 * using plan = await record(
 *   gpu,
 *   () => attention(q, k, v, { precision: "int8" }).keep(),
 * );
 * plan.run();
 * console.log(await plan.result.read(gpu)); // near [1, 2, 3, 4]
 * ```
 */
export function attention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: AttentionOptions = {},
): Tensor {
  checkShapes(q, k, v, options);
  const [H, Dh] = [q.dim(2), q.dim(3)];
  const D4 = aligned(Dh);
  // Zeros at the end of every head change nothing.
  const padded = (x: Tensor) => resized(x, H, D4);
  const cut = (x: Tensor) => resized(x, H, Dh);
  const { scale = Dh ** -0.5, bias, precision = "f32" } = options;
  const heads: Heads = {
    keyMask: options.keyMask,
    bias,
    q: padded(q),
    k: padded(k),
    v: padded(v),
    scale,
  };
  const { o, lse } = walkForward(heads, precision);
  const inputs = [q, k, v, ...(bias ? [bias] : [])];
  return differentiable(cut(o), inputs, (dy) => {
    if (precision !== "f32") {
      throw new RangeError(
        `Cannot differentiate attention of precision ${precision}: gradients take f32`,
      );
    }
    const dy4 = padded(dy);
    const rows = attentionRowTerms(heads, o, dy4, lse);
    const [dq] = walkBackward(heads, dy4, rows, false);
    const [dk, dv] = walkBackward(heads, dy4, rows, true);
    return [
      cut(dq),
      cut(dk),
      cut(dv),
      bias && biasGradient(heads, dy4, rows, bias),
    ];
  });
}

function checkShapes(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { keyMask, bias }: AttentionOptions,
): void {
  const refuse = (what: string): never => {
    throw new RangeError(
      `Cannot attend: q [${q.shape}], k [${k.shape}], v [${v.shape}]${what}`,
    );
  };
  if (q.shape.length !== 4) refuse(" are not [B, L, H, Dh]");
  const [B, lq, H, Dh] = q.shape;
  const lk = k.dim(1);
  const keys = `${[B, lk, H, Dh]}`;
  if (`${k.shape}` !== keys || `${v.shape}` !== keys) refuse(" do not fit");
  if (keyMask && `${keyMask.shape}` !== `${[B, lk]}`) {
    refuse(` take a keyMask [${B},${lk}], not [${keyMask.shape}]`);
  }
  if (bias && ![1, B].some((b) => `${bias.shape}` === `${[b, H, lq, lk]}`)) {
    refuse(` take a bias [1 or ${B},${H},${lq},${lk}], not [${bias.shape}]`);
  }
}

import { add } from "../../autograd/binary.ts";
import type { AttentionPrecision } from "../../autograd/attention.ts";
import { layerNormModulate } from "../../autograd/norm.ts";
import { chunk } from "../../autograd/slices.ts";
import { reshape } from "../../autograd/op.ts";
import type { Tensor } from "../../autograd/tensor.ts";
import { FeedForward } from "../feed_forward.ts";
import { forwardObserved } from "../linears/linear.ts";
import { Module, Parameter } from "../module.ts";
import { LayerNorm } from "../norm.ts";
import type { Observer, RopeTables } from "../video_transformer.ts";
import { WanAttention } from "./attention.ts";
import type { WanConfig } from "./config.ts";

/** One transformer block of Wan: self attention, cross attention, feed-forward. */
export class WanBlock extends Module {
  readonly attn1: WanAttention;
  readonly attn2: WanAttention;
  /** Before cross attention; none where the config says so. */
  readonly norm2: LayerNorm | null;
  readonly #eps: number;
  readonly ffn: FeedForward;
  readonly scale_shift_table: Parameter;

  constructor(config: WanConfig) {
    super();
    const { num_attention_heads: heads, attention_head_dim, eps } = config;
    const dim = heads * attention_head_dim;
    this.attn1 = new WanAttention(dim, heads, eps);
    this.attn2 = new WanAttention(dim, heads, eps);
    this.norm2 = config.cross_attn_norm ? new LayerNorm(dim, eps) : null;
    this.#eps = eps;
    this.ffn = new FeedForward(dim, config.ffn_dim);
    this.scale_shift_table = new Parameter([1, 6, dim]);
  }

  /** x [B, L, D], context [B, M, D], modulation [B, 6, D] -> [B, L, D]. */
  forward(
    x: Tensor,
    context: Tensor,
    modulation: Tensor,
    tables: RopeTables,
    precision: AttentionPrecision,
    observe?: Observer,
  ): Tensor {
    const eps = this.#eps;
    const flat = [modulation.dim(0), modulation.dim(2)];
    const [shift, scale, gate, cShift, cScale, cGate] = chunk(
      add(modulation, this.scale_shift_table),
      6,
      1,
    ).map((t) => reshape(t, flat)) as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ];
    const seen = (part: string) => observe && ((y: Tensor) => observe(part, y));
    const h = layerNormModulate(x, shift, scale, eps);
    x = this.attn1.forward(h, h, {
      precision,
      tables,
      ends: { gate, residual: x },
      observe: seen("attn1"),
    });
    x = this.attn2.forward(this.norm2?.forward(x) ?? x, context, {
      precision,
      ends: { residual: x },
      observe: seen("attn2"),
    });
    return forwardObserved(
      this.ffn,
      layerNormModulate(x, cShift, cScale, eps),
      { gate: cGate, residual: x },
      seen("ffn"),
    );
  }
}

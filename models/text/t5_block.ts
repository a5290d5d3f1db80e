import { add, geluGated } from "../../autograd/binary.ts";
import { attention } from "../../autograd/attention.ts";
import { embedding } from "../../autograd/embedding.ts";
import { reshape } from "../../autograd/op.ts";
import { permute } from "../../autograd/axes.ts";
import type { Tensor } from "../../autograd/tensor.ts";
import { Linear, type LinearLayer } from "../linears/linear.ts";
import { Module, Parameter } from "../module.ts";
import { RmsNorm } from "../norm.ts";
import type { T5Config } from "./t5_config.ts";

/** A table whose rows ids choose. */
export class Embedding extends Module {
  readonly weight: Parameter;

  constructor(rows: number, dim: number) {
    super();
    this.weight = new Parameter([rows, dim]);
  }

  /** ids u32 [...] -> [..., dim]. */
  forward(ids: Tensor): Tensor {
    return embedding(this.weight, ids);
  }
}

class SelfAttention extends Module {
  readonly q: LinearLayer;
  readonly k: LinearLayer;
  readonly v: LinearLayer;
  readonly o: LinearLayer;
  readonly relative_attention_bias: Embedding | null;

  constructor(readonly config: T5Config, hasBias: boolean) {
    super();
    const { d_model, d_kv, num_heads } = config;
    const inner = d_kv * num_heads;
    this.q = new Linear(d_model, inner, false);
    this.k = new Linear(d_model, inner, false);
    this.v = new Linear(d_model, inner, false);
    this.o = new Linear(inner, d_model, false);
    this.relative_attention_bias = hasBias
      ? new Embedding(config.relative_attention_num_buckets, num_heads)
      : null;
  }

  forward(x: Tensor, bias: Tensor, keyMask?: Tensor): Tensor {
    const { num_heads, d_kv } = this.config;
    const [batch, length] = [x.dim(0), x.dim(1)];
    const heads = (t: Tensor) => reshape(t, [batch, length, num_heads, d_kv]);
    const y = attention(
      heads(this.q.forward(x)),
      heads(this.k.forward(x)),
      heads(this.v.forward(x)),
      { scale: 1, bias, ...(keyMask && { keyMask }) },
    );
    return this.o.forward(reshape(y, [batch, length, num_heads * d_kv]));
  }
}

class AttentionLayer extends Module {
  readonly SelfAttention: SelfAttention;
  readonly layer_norm: RmsNorm;

  constructor(config: T5Config, hasBias: boolean) {
    super();
    this.SelfAttention = new SelfAttention(config, hasBias);
    this.layer_norm = new RmsNorm(config.d_model, config.layer_norm_epsilon);
  }
}

class GatedFeedForward extends Module {
  readonly wi_0: LinearLayer;
  readonly wi_1: LinearLayer;
  readonly wo: LinearLayer;

  constructor({ d_model, d_ff }: T5Config) {
    super();
    this.wi_0 = new Linear(d_model, d_ff, false);
    this.wi_1 = new Linear(d_model, d_ff, false);
    this.wo = new Linear(d_ff, d_model, false);
  }

  forward(x: Tensor): Tensor {
    return this.wo.forward(
      geluGated(this.wi_0.forward(x), this.wi_1.forward(x)),
    );
  }
}

class FeedForwardLayer extends Module {
  readonly DenseReluDense: GatedFeedForward;
  readonly layer_norm: RmsNorm;

  constructor(config: T5Config) {
    super();
    this.DenseReluDense = new GatedFeedForward(config);
    this.layer_norm = new RmsNorm(config.d_model, config.layer_norm_epsilon);
  }
}

/** Attention by content and relative position, then a gated feed-forward. */
export class T5Block extends Module {
  readonly layer: readonly [AttentionLayer, FeedForwardLayer];

  constructor(config: T5Config, hasBias: boolean) {
    super();
    this.layer = [
      new AttentionLayer(config, hasBias),
      new FeedForwardLayer(config),
    ];
  }

  /** What attention adds to its scores, [1, H, L, L]; undefined where the block has no table of it. */
  bias(buckets: Tensor): Tensor | undefined {
    const table = this.layer[0].SelfAttention.relative_attention_bias;
    if (!table) return undefined;
    const bias = permute(table.forward(buckets), [2, 0, 1]);
    return reshape(bias, [1, ...bias.shape]);
  }

  /** x [B, L, D], bias [1, H, L, L], keyMask [B, L] -> [B, L, D]. */
  forward(x: Tensor, bias: Tensor, keyMask?: Tensor): Tensor {
    const [attend, feed] = this.layer;
    const a = attend.SelfAttention;
    x = add(x, a.forward(attend.layer_norm.forward(x), bias, keyMask));
    return add(x, feed.DenseReluDense.forward(feed.layer_norm.forward(x)));
  }
}

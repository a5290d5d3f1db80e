import {
  attention,
  type AttentionPrecision,
} from "../../autograd/attention.ts";
import { chunk } from "../../autograd/slices.ts";
import { gatedResidual, modulate } from "../../autograd/modulate.ts";
import { layerNormRope } from "../../autograd/norm_rope.ts";
import { reshape } from "../../autograd/op.ts";
import type { Tensor } from "../../autograd/tensor.ts";
import { FeedForward } from "../feed_forward.ts";
import { Linear, type LinearLayer } from "../linears/linear.ts";
import { Module } from "../module.ts";
import { LayerNorm } from "../norm.ts";
import { forwardAll } from "../packed/forward_all.ts";
import type { Observer, RopeTables } from "../video_transformer.ts";
import type { CogVideoXConfig } from "./config.ts";
import { join, split, type Streams } from "./streams.ts";

/** Epsilon of the norm of each head's queries and keys. */
const HEAD_EPS = 1e-6;

/** Attention over all tokens, text first; queries and keys are normalised head by head. */
class JointAttention extends Module {
  readonly norm_q: LayerNorm;
  readonly norm_k: LayerNorm;
  readonly to_q: LinearLayer;
  readonly to_k: LinearLayer;
  readonly to_v: LinearLayer;
  readonly to_out: readonly [LinearLayer];

  constructor(readonly config: CogVideoXConfig) {
    super();
    const { num_attention_heads, attention_head_dim, attention_bias } = config;
    const dim = num_attention_heads * attention_head_dim;
    this.norm_q = new LayerNorm(attention_head_dim, HEAD_EPS);
    this.norm_k = new LayerNorm(attention_head_dim, HEAD_EPS);
    this.to_q = new Linear(dim, dim, attention_bias);
    this.to_k = new Linear(dim, dim, attention_bias);
    this.to_v = new Linear(dim, dim, attention_bias);
    this.to_out = [new Linear(dim, dim)];
  }

  /** x [B, M + L, D] -> [B, M + L, D]; the tables have a row for every token. */
  forward(
    x: Tensor,
    tables: RopeTables | undefined,
    precision: AttentionPrecision,
  ): Tensor {
    const { num_attention_heads: heads, attention_head_dim } = this.config;
    const shape = [x.dim(0), x.dim(1), heads, attention_head_dim];
    const normal = (t: Tensor, norm: LayerNorm) => {
      const { weight, bias, eps } = norm;
      if (!tables || !weight || !bias) return norm.forward(t);
      return layerNormRope(t, weight, bias, tables.cos, tables.sin, { eps });
    };
    const [q, k, v] = forwardAll(x, [this.to_q, this.to_k, this.to_v])
      .map((t) => reshape(t, shape)) as [Tensor, Tensor, Tensor];
    const y = attention(
      normal(q, this.norm_q),
      normal(k, this.norm_k),
      v,
      { precision },
    );
    return this.to_out[0].forward(reshape(y, x.shape));
  }
}

/** The normalised streams, and the gates [B, D] of the layers that follow. */
interface Modulated {
  readonly streams: Streams;
  readonly gates: Streams;
}

/** One LayerNorm for both streams, then shift, scale and gate of each by the timestep. */
class LayerNormZero extends Module {
  readonly linear: LinearLayer;
  readonly norm: LayerNorm;

  constructor(config: CogVideoXConfig) {
    super();
    const dim = config.num_attention_heads * config.attention_head_dim;
    this.linear = new Linear(config.time_embed_dim, 6 * dim);
    this.norm = new LayerNorm(
      dim,
      config.norm_eps,
      config.norm_elementwise_affine,
    );
  }

  /** temb [B, time_embed_dim] after its activation. */
  forward({ text, video }: Streams, temb: Tensor): Modulated {
    const [shift, scale, gate, textShift, textScale, textGate] = chunk(
      this.linear.forward(temb),
      6,
      1,
    ) as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
    return {
      streams: {
        text: modulate(this.norm.forward(text), textShift, textScale),
        video: modulate(this.norm.forward(video), shift, scale),
      },
      gates: { text: textGate, video: gate },
    };
  }
}

/** One transformer block of CogVideoX: attention and feed-forward over text and video together. */
export class CogVideoXBlock extends Module {
  readonly norm1: LayerNormZero;
  readonly attn1: JointAttention;
  readonly norm2: LayerNormZero;
  readonly ff: FeedForward;

  constructor(config: CogVideoXConfig) {
    super();
    const dim = config.num_attention_heads * config.attention_head_dim;
    this.norm1 = new LayerNormZero(config);
    this.attn1 = new JointAttention(config);
    this.norm2 = new LayerNormZero(config);
    this.ff = new FeedForward(dim, 4 * dim, config.activation_fn === "gelu");
  }

  /** temb [B, time_embed_dim] after its activation. */
  forward(
    x: Streams,
    temb: Tensor,
    tables: RopeTables | undefined,
    precision: AttentionPrecision,
    observe: Observer = () => {},
  ): Streams {
    const rows = x.text.dim(1);
    const first = this.norm1.forward(x, temb);
    const attended = split(
      this.attn1.forward(join(first.streams), tables, precision),
      rows,
    );
    observe("attn1", attended.video);
    x = gated(x, attended, first.gates);
    const second = this.norm2.forward(x, temb);
    const fed = this.ff.forward(join(second.streams));
    observe("ff", fed);
    return gated(x, split(fed, rows), second.gates);
  }
}

function gated(x: Streams, y: Streams, gates: Streams): Streams {
  return {
    text: gatedResidual(x.text, y.text, gates.text),
    video: gatedResidual(x.video, y.video, gates.video),
  };
}

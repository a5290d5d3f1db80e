import * as v from "valibot";
import { add } from "../../autograd/add.ts";
import { attention } from "../../autograd/attention.ts";
import { embedding } from "../../autograd/embedding.ts";
import { geluGated } from "../../autograd/gelu_gated.ts";
import { reshape } from "../../autograd/op.ts";
import { permute } from "../../autograd/permute.ts";
import { rmsNorm } from "../../autograd/norm.ts";
import type { Tensor } from "../../autograd/tensor.ts";
import { InputError } from "../../core/errors.ts";
import { Linear } from "../linear.ts";
import { Module, Parameter } from "../module.ts";

const count = v.pipe(v.number(), v.integer(), v.minValue(1));

const schema = v.object({
  vocab_size: count,
  d_model: count,
  d_kv: count,
  d_ff: count,
  num_layers: count,
  num_heads: count,
  relative_attention_num_buckets: v.pipe(count, v.multipleOf(4)),
  relative_attention_max_distance: count,
  layer_norm_epsilon: v.number(),
  feed_forward_proj: v.literal("gated-gelu"),
});

/** The keys of a UMT5EncoderModel's config.json that this program uses. */
export interface Umt5Config {
  /** Pieces of the vocabulary. */
  readonly vocab_size: number;
  /** Width of a token. */
  readonly d_model: number;
  /** Width of a head. */
  readonly d_kv: number;
  /** Width inside the feed-forward. */
  readonly d_ff: number;
  /** Number of blocks. */
  readonly num_layers: number;
  /** Heads of each attention. */
  readonly num_heads: number;
  /** Rows of the table of relative positions. */
  readonly relative_attention_num_buckets: number;
  /** Distance from which on all positions share a bucket. */
  readonly relative_attention_max_distance: number;
  /** Epsilon of every RMSNorm. */
  readonly layer_norm_epsilon: number;
  /** The feed-forward's form. */
  readonly feed_forward_proj: "gated-gelu";
}

/** Checks a config.json object; `path` names it in errors (InputError). */
export function parseUmt5Config(json: unknown, path: string): Umt5Config {
  const result = v.safeParse(schema, json);
  if (result.success) return result.output;
  const issues = result.issues.map((i) => `${v.getDotPath(i)}: ${i.message}`);
  throw new InputError(
    `${path} is no config of a UMT5EncoderModel: ${issues.join("; ")}`,
  );
}

class T5Norm extends Module {
  readonly weight: Parameter;

  constructor(dim: number, readonly eps: number) {
    super();
    this.weight = new Parameter([dim]);
  }

  forward(x: Tensor): Tensor {
    return rmsNorm(x, { weight: this.weight, eps: this.eps });
  }
}

class SelfAttention extends Module {
  readonly q: Linear;
  readonly k: Linear;
  readonly v: Linear;
  readonly o: Linear;
  readonly relative_attention_bias: Embedding;

  constructor(readonly config: Umt5Config) {
    super();
    const { d_model, d_kv, num_heads } = config;
    const inner = d_kv * num_heads;
    this.q = new Linear(d_model, inner, false);
    this.k = new Linear(d_model, inner, false);
    this.v = new Linear(d_model, inner, false);
    this.o = new Linear(inner, d_model, false);
    this.relative_attention_bias = new Embedding(
      config.relative_attention_num_buckets,
      num_heads,
    );
  }

  forward(x: Tensor, buckets: Tensor, keyMask?: Tensor): Tensor {
    const { num_heads, d_kv } = this.config;
    const [batch, length] = [x.dim(0), x.dim(1)];
    const heads = (t: Tensor) => reshape(t, [batch, length, num_heads, d_kv]);
    const table = this.relative_attention_bias.forward(buckets); // [L, L, H]
    const bias = reshape(
      permute(table, [2, 0, 1]),
      [1, num_heads, length, length],
    );
    const y = attention(
      heads(this.q.forward(x)),
      heads(this.k.forward(x)),
      heads(this.v.forward(x)),
      { scale: 1, bias, ...(keyMask && { keyMask }) },
    );
    return this.o.forward(reshape(y, [batch, length, num_heads * d_kv]));
  }
}

class Embedding extends Module {
  readonly weight: Parameter;

  constructor(rows: number, dim: number) {
    super();
    this.weight = new Parameter([rows, dim]);
  }

  forward(ids: Tensor): Tensor {
    return embedding(this.weight, ids);
  }
}

class AttentionLayer extends Module {
  readonly SelfAttention: SelfAttention;
  readonly layer_norm: T5Norm;

  constructor(config: Umt5Config) {
    super();
    this.SelfAttention = new SelfAttention(config);
    this.layer_norm = new T5Norm(config.d_model, config.layer_norm_epsilon);
  }
}

class GatedFeedForward extends Module {
  readonly wi_0: Linear;
  readonly wi_1: Linear;
  readonly wo: Linear;

  constructor({ d_model, d_ff }: Umt5Config) {
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
  readonly layer_norm: T5Norm;

  constructor(config: Umt5Config) {
    super();
    this.DenseReluDense = new GatedFeedForward(config);
    this.layer_norm = new T5Norm(config.d_model, config.layer_norm_epsilon);
  }
}

class Block extends Module {
  readonly layer: readonly [AttentionLayer, FeedForwardLayer];

  constructor(config: Umt5Config) {
    super();
    this.layer = [new AttentionLayer(config), new FeedForwardLayer(config)];
  }

  forward(x: Tensor, buckets: Tensor, keyMask?: Tensor): Tensor {
    const [attend, feed] = this.layer;
    const a = attend.SelfAttention;
    x = add(x, a.forward(attend.layer_norm.forward(x), buckets, keyMask));
    return add(x, feed.DenseReluDense.forward(feed.layer_norm.forward(x)));
  }
}

class Encoder extends Module {
  readonly block: readonly Block[];
  readonly final_layer_norm: T5Norm;

  constructor(config: Umt5Config) {
    super();
    this.block = Array.from(
      { length: config.num_layers },
      () => new Block(config),
    );
    this.final_layer_norm = new T5Norm(
      config.d_model,
      config.layer_norm_epsilon,
    );
  }
}

/** UMT5's encoder; parameter names as transformers has them. */
export class Umt5EncoderModel extends Module {
  /** @internal */
  readonly shared: Embedding;
  /** @internal */
  readonly encoder: Encoder;

  /** The network of a config, without values: see `load`. */
  constructor(readonly config: Umt5Config) {
    super();
    this.shared = new Embedding(config.vocab_size, config.d_model);
    this.encoder = new Encoder(config);
  }

  /**
   * ids u32 [B, L], buckets u32 [L, L] (see `relativeBuckets`), keyMask [B, L]
   * of 1 and 0 -> [B, L, d_model].
   */
  forward(
    ids: Tensor,
    buckets: Tensor,
    keyMask?: Tensor,
    observe: (name: string, value: Tensor) => void = () => {},
  ): Tensor {
    let x = this.shared.forward(ids);
    this.encoder.block.forEach((block, i) => {
      x = block.forward(x, buckets, keyMask);
      observe(`block${i}`, x);
    });
    return this.encoder.final_layer_norm.forward(x);
  }
}

import * as v from "valibot";
import { checked, count, epsilon, layers } from "../../core/schema.ts";

const schema = v.object({
  vocab_size: count,
  d_model: count,
  d_kv: count,
  d_ff: count,
  num_layers: layers,
  num_heads: layers,
  relative_attention_num_buckets: v.pipe(count, v.multipleOf(4)),
  relative_attention_max_distance: v.optional(count, 128),
  layer_norm_epsilon: epsilon,
  feed_forward_proj: v.literal("gated-gelu"),
});

/** The keys that this program uses of the config.json of a T5 (v1.1) or UMT5 encoder. */
export interface T5Config {
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
export function parseT5Config(json: unknown, path: string): T5Config {
  return checked(
    schema,
    json,
    `${path} is no config of a T5 v1.1 or UMT5 encoder`,
  );
}

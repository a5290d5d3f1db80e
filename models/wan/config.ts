import * as v from "valibot";
import { checked, count, epsilon, few, layers } from "../../core/schema.ts";

const schema = v.object({
  patch_size: v.optional(v.tuple([few, few, few]), [1, 2, 2]),
  num_attention_heads: layers,
  attention_head_dim: v.pipe(count, v.multipleOf(2)),
  in_channels: count,
  out_channels: count,
  text_dim: count,
  freq_dim: v.pipe(count, v.multipleOf(2)),
  ffn_dim: count,
  num_layers: layers,
  cross_attn_norm: v.optional(v.boolean(), true),
  qk_norm: v.optional(
    v.literal("rms_norm_across_heads"),
    "rms_norm_across_heads",
  ),
  eps: v.optional(epsilon, 1e-6),
  rope_max_seq_len: v.optional(count, 1024),
  image_dim: v.nullish(v.null()),
  added_kv_proj_dim: v.nullish(v.null()),
});

/** The keys of a WanTransformer3DModel's config.json that this program uses. */
export interface WanConfig {
  /** Size of a patch in frames, rows and columns of the latents. */
  readonly patch_size: readonly [frames: number, rows: number, columns: number];
  /** Heads of each attention. */
  readonly num_attention_heads: number;
  /** Width of a head. */
  readonly attention_head_dim: number;
  /** Channels of the latents. */
  readonly in_channels: number;
  /** Channels of the prediction. */
  readonly out_channels: number;
  /** Width of the text encoder's rows. */
  readonly text_dim: number;
  /** Width of the timestep's sinusoidal embedding. */
  readonly freq_dim: number;
  /** Width inside the feed-forward. */
  readonly ffn_dim: number;
  /** Number of blocks. */
  readonly num_layers: number;
  /** Whether cross attention has a norm before it. */
  readonly cross_attn_norm: boolean;
  /** How queries and keys are normalised. */
  readonly qk_norm: "rms_norm_across_heads";
  /** Epsilon of every norm. */
  readonly eps: number;
  /** Longest axis that rotary tables were made for. */
  readonly rope_max_seq_len: number;
  /** Image conditioning, which text to video does without. */
  readonly image_dim?: null | undefined;
  /** Image conditioning, which text to video does without. */
  readonly added_kv_proj_dim?: null | undefined;
}

/** Checks a config.json object; `path` names it in errors (InputError). */
export function parseWanConfig(json: unknown, path: string): WanConfig {
  return checked(
    schema,
    json,
    `${path} is no config of a text-to-video WanTransformer3DModel`,
  );
}

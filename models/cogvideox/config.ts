import * as v from "valibot";
import { checked, count, epsilon, few, layers } from "../../core/schema.ts";

const positive = v.pipe(v.number(), v.gtValue(0));

const schema = v.pipe(
  v.object({
    num_attention_heads: v.optional(layers, 30),
    attention_head_dim: v.optional(v.pipe(count, v.multipleOf(2)), 64),
    in_channels: v.optional(count, 16),
    out_channels: v.optional(count, 16),
    flip_sin_to_cos: v.optional(v.boolean(), true),
    freq_shift: v.optional(v.number(), 0),
    time_embed_dim: v.optional(count, 512),
    ofs_embed_dim: v.nullish(count),
    text_embed_dim: v.optional(count, 4096),
    num_layers: v.optional(layers, 30),
    attention_bias: v.optional(v.boolean(), true),
    sample_width: v.optional(count, 90),
    sample_height: v.optional(count, 60),
    sample_frames: v.optional(count, 49),
    patch_size: v.optional(few, 2),
    patch_size_t: v.nullish(few),
    temporal_compression_ratio: v.optional(few, 4),
    max_text_seq_length: v.optional(count, 226),
    activation_fn: v.optional(
      v.picklist(["gelu-approximate", "gelu"]),
      "gelu-approximate",
    ),
    timestep_activation_fn: v.optional(v.literal("silu"), "silu"),
    norm_elementwise_affine: v.optional(v.boolean(), true),
    norm_eps: v.optional(epsilon, 1e-5),
    spatial_interpolation_scale: v.optional(positive, 1.875),
    temporal_interpolation_scale: v.optional(positive, 1),
    use_rotary_positional_embeddings: v.optional(v.boolean(), false),
    use_learned_positional_embeddings: v.optional(v.boolean(), false),
    patch_bias: v.optional(v.boolean(), true),
  }),
  v.check(
    (c) => c.use_rotary_positional_embeddings || c.patch_size_t == null,
    "patch_size_t takes use_rotary_positional_embeddings",
  ),
  v.check(
    (c) =>
      !c.use_learned_positional_embeddings ||
      (c.use_rotary_positional_embeddings && c.patch_size_t == null),
    "use_learned_positional_embeddings takes use_rotary_positional_embeddings and no patch_size_t",
  ),
  v.check(
    (c) =>
      !c.use_rotary_positional_embeddings || c.attention_head_dim % 16 === 0,
    "attention_head_dim takes multiples of 16 with use_rotary_positional_embeddings",
  ),
  v.check(
    (c) =>
      c.use_rotary_positional_embeddings ||
      c.num_attention_heads * c.attention_head_dim % 16 === 0,
    "num_attention_heads times attention_head_dim takes multiples of 16 without use_rotary_positional_embeddings",
  ),
  v.check(
    (c) => c.ofs_embed_dim == null || c.ofs_embed_dim === c.time_embed_dim,
    "ofs_embed_dim takes the value of time_embed_dim",
  ),
);

/**
 * The keys of a CogVideoXTransformer3DModel's config.json that this program
 * uses; those left out there have diffusers' defaults, CogVideoX-2B's sizes.
 */
export interface CogVideoXConfig {
  /** Heads of each attention. */
  readonly num_attention_heads: number;
  /** Width of a head. */
  readonly attention_head_dim: number;
  /** Channels of the latents. */
  readonly in_channels: number;
  /** Channels of the prediction. */
  readonly out_channels: number;
  /** Whether the timestep's cosines come first. */
  readonly flip_sin_to_cos: boolean;
  /** Subtracted from the number of the timestep's frequencies in their exponent. */
  readonly freq_shift: number;
  /** Width of the timestep's embedding. */
  readonly time_embed_dim: number;
  /** Width of the frame offset's embedding, which image-to-video models have. */
  readonly ofs_embed_dim?: number | null | undefined;
  /** Width of the text encoder's rows. */
  readonly text_embed_dim: number;
  /** Number of blocks. */
  readonly num_layers: number;
  /** Whether queries, keys and values have a bias. */
  readonly attention_bias: boolean;
  /** Columns of the latents that it was trained on. */
  readonly sample_width: number;
  /** Rows of the latents that it was trained on. */
  readonly sample_height: number;
  /** Frames of the clips, not of the latents, that it was trained on. */
  readonly sample_frames: number;
  /** Rows and columns of a patch. */
  readonly patch_size: number;
  /** Frames of a patch; none before version 1.5. */
  readonly patch_size_t?: number | null | undefined;
  /** Frames of a clip to one of its latents. */
  readonly temporal_compression_ratio: number;
  /** Text rows that it was trained on. */
  readonly max_text_seq_length: number;
  /** Activation of the feed-forward. */
  readonly activation_fn: "gelu-approximate" | "gelu";
  /** Activation of the timestep's embedding. */
  readonly timestep_activation_fn: "silu";
  /** Whether norms of tokens have weights. */
  readonly norm_elementwise_affine: boolean;
  /** Epsilon of the norms of tokens. */
  readonly norm_eps: number;
  /** Added positions: rows and columns are divided by it. */
  readonly spatial_interpolation_scale: number;
  /** Added positions: frames are divided by it. */
  readonly temporal_interpolation_scale: number;
  /** Whether positions turn queries and keys, instead of being added. */
  readonly use_rotary_positional_embeddings: boolean;
  /** Whether learnt positions are added, for one size of clips. */
  readonly use_learned_positional_embeddings: boolean;
  /** Whether the convolution of patches has a bias. */
  readonly patch_bias: boolean;
}

/** Checks a config.json object; `path` names it in errors (InputError). */
export function parseCogVideoXConfig(
  json: unknown,
  path: string,
): CogVideoXConfig {
  return checked(
    schema,
    json,
    `${path} is no config of a CogVideoXTransformer3DModel`,
  );
}

import type { T5Config } from "../../models/text/t5_config.ts";
import type { WanConfig } from "../../models/wan/config.ts";

/** What the size of the embedded model follows from. */
export interface TinySize {
  /** Channels of the codec's latents. */
  readonly channels: number;
  /** Width of the transformer, a multiple of 32. */
  readonly dim: number;
  readonly layers: number;
  /** Pieces of the tokenizer. */
  readonly vocabulary: number;
}

/** Tokens a prompt may take: the longest caption has ten, its end token included. */
export const TINY_TOKENS = 16;

const HEAD = 32;
const TEXT = 64;

/** The embedded transformer: Wan's architecture at a small size, one token a latent pixel. */
export function tinyTransformer(
  { channels, dim, layers }: TinySize,
): WanConfig {
  return {
    patch_size: [1, 1, 1],
    num_attention_heads: dim / HEAD,
    attention_head_dim: HEAD,
    in_channels: channels,
    out_channels: channels,
    text_dim: TEXT,
    freq_dim: 128,
    ffn_dim: 4 * dim,
    num_layers: layers,
    cross_attn_norm: true,
    qk_norm: "rms_norm_across_heads",
    eps: 1e-6,
    rope_max_seq_len: 64,
  };
}

/** The embedded text encoder: UMT5 at a small size. */
export function tinyEncoder({ vocabulary }: TinySize): T5Config {
  return {
    vocab_size: vocabulary,
    d_model: TEXT,
    d_kv: 16,
    d_ff: 2 * TEXT,
    num_layers: 2,
    num_heads: 4,
    relative_attention_num_buckets: 32,
    relative_attention_max_distance: 128,
    layer_norm_epsilon: 1e-6,
    feed_forward_proj: "gated-gelu",
  };
}

/** The embedded scheduler: UniPC on flow sigmas. */
export function tinyScheduler(shift: number): Record<string, unknown> {
  return {
    _class_name: "UniPCMultistepScheduler",
    num_train_timesteps: 1000,
    flow_shift: shift,
    prediction_type: "flow_prediction",
    use_flow_sigmas: true,
  };
}

/** model_index.json of the embedded model; `inference` is this program's own key. */
export function tinyIndex(
  inference: { steps: number; guidance: number },
): Record<string, unknown> {
  return {
    _class_name: "WanPipeline",
    scheduler: ["diffusers", "UniPCMultistepScheduler"],
    text_encoder: ["transformers", "UMT5EncoderModel"],
    tokenizer: ["qvgen", "WordTokenizer"],
    transformer: ["diffusers", "WanTransformer3DModel"],
    vae: ["qvgen", "PatchCodec"],
    inference,
  };
}

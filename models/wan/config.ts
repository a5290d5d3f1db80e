import * as v from "valibot";
import { InputError } from "../../core/errors.ts";

const count = v.pipe(v.number(), v.integer(), v.minValue(1));

const schema = v.object({
  patch_size: v.tuple([count, count, count]),
  num_attention_heads: count,
  attention_head_dim: v.pipe(count, v.multipleOf(2)),
  in_channels: count,
  out_channels: count,
  text_dim: count,
  freq_dim: v.pipe(count, v.multipleOf(2)),
  ffn_dim: count,
  num_layers: count,
  cross_attn_norm: v.literal(true),
  qk_norm: v.literal("rms_norm_across_heads"),
  eps: v.number(),
  rope_max_seq_len: count,
  image_dim: v.nullish(v.null()),
  added_kv_proj_dim: v.nullish(v.null()),
});

/** The keys of a WanTransformer3DModel's config.json that this program uses. */
export type WanConfig = v.InferOutput<typeof schema>;

/** Checks a config.json object; `path` names it in errors (InputError). */
export function parseWanConfig(json: unknown, path: string): WanConfig {
  const result = v.safeParse(schema, json);
  if (result.success) return result.output;
  const issues = result.issues.map((i) => `${v.getDotPath(i)}: ${i.message}`);
  throw new InputError(
    `${path} is no config of a text-to-video WanTransformer3DModel: ${
      issues.join("; ")
    }`,
  );
}

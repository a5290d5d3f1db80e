/** The keys that only original Wan checkpoints have. */
export const WAN_MARKS: readonly string[] = [
  "head.modulation",
  "time_embedding.0.weight",
  "text_embedding.0.weight",
];

/** Parts of original names -> diffusers' names, in the order they are applied. */
const PARTS: readonly (readonly [RegExp, string])[] = [
  [/^time_embedding\.0\./, "condition_embedder.time_embedder.linear_1."],
  [/^time_embedding\.2\./, "condition_embedder.time_embedder.linear_2."],
  [/^text_embedding\.0\./, "condition_embedder.text_embedder.linear_1."],
  [/^text_embedding\.2\./, "condition_embedder.text_embedder.linear_2."],
  [/^time_projection\.1\./, "condition_embedder.time_proj."],
  [/^head\.modulation$/, "scale_shift_table"],
  [/^head\.head\./, "proj_out."],
  [/\.modulation$/, ".scale_shift_table"],
  [/\.ffn\.0\./, ".ffn.net.0.proj."],
  [/\.ffn\.2\./, ".ffn.net.2."],
  // The original counts its norms in the order of their making, not of their use.
  [/\.norm3\./, ".norm2."],
  [/\.self_attn\./, ".attn1."],
  [/\.cross_attn\./, ".attn2."],
  [/\.(attn[12])\.([qkv])\./, ".$1.to_$2."],
  [/\.(attn[12])\.o\./, ".$1.to_out.0."],
];

/** What diffusers calls a tensor of an original Wan2.1 text-to-video transformer. */
export function wanName(original: string): string {
  return PARTS.reduce(
    (name, [part, renamed]) => name.replace(part, renamed),
    original,
  );
}

import type { Piece } from "./piece.ts";

/** How the names begin that only CogVideoX's original (SAT) checkpoints have. */
export const SAT_MARKS: readonly string[] = ["mixins.", "transformer.layers."];

/** Tables that are computed, and a text embedding that CogVideoX never uses. */
const UNUSED =
  /embed_tokens|freqs_(?:sin|cos)|position_embedding|pos_embedding/;

/** Original names -> diffusers' names, for all that is neither split nor put together anew. */
const PARTS: readonly (readonly [RegExp, string])[] = [
  [/^transformer\.final_layernorm\./, "norm_final."],
  [/^transformer\.layers\.(\d+)\./, "transformer_blocks.$1."],
  [/\.attention\.dense\./, ".attn1.to_out.0."],
  [/\.mlp\.dense_h_to_4h\./, ".ff.net.0.proj."],
  [/\.mlp\.dense_4h_to_h\./, ".ff.net.2."],
  [/\.input_layernorm\./, ".norm1.norm."],
  [/\.post_attention_layernorm\./, ".norm2.norm."],
  [/^time_embed\.0\./, "time_embedding.linear_1."],
  [/^time_embed\.2\./, "time_embedding.linear_2."],
  [/^mixins\.patch_embed\./, "patch_embed."],
  [/^mixins\.final_layer\.norm_final\./, "norm_out.norm."],
  [/^mixins\.final_layer\.linear\./, "proj_out."],
  [/^mixins\.final_layer\.adaLN_modulation\.1\./, "norm_out.linear."],
];

const QKV = /^transformer\.layers\.(\d+)\.attention\.query_key_value\.(\w+)$/;
const HEAD_NORM =
  /^mixins\.adaln_layer\.(query|key)_layernorm_list\.(\d+)\.(\w+)$/;
const MODULATION = /^mixins\.adaln_layer\.adaLN_modulations\.(\d+)\.1\.(\w+)$/;

/** Twelfths of a block's modulation that each of diffusers' two norms takes: of video, then of text. */
const TWELFTHS = {
  norm1: [[0, 3], [6, 9]],
  norm2: [[3, 6], [9, 12]],
} as const;

/** What diffusers calls the parts of a tensor of an original CogVideoX checkpoint; none if it is not used. */
export function satPieces(original: string): Piece[] {
  if (UNUSED.test(original)) return [];
  const [, block, part] = QKV.exec(original) ?? [];
  if (block !== undefined) {
    return ["q", "k", "v"].map((letter, i) => ({
      name: `transformer_blocks.${block}.attn1.to_${letter}.${part}`,
      rows: { of: 3, runs: [[i, i + 1]] },
    }));
  }
  const [, which, index, rest] = HEAD_NORM.exec(original) ?? [];
  if (which !== undefined) {
    const norm = which === "query" ? "norm_q" : "norm_k";
    return [{ name: `transformer_blocks.${index}.attn1.${norm}.${rest}` }];
  }
  const [, at, kind] = MODULATION.exec(original) ?? [];
  if (at !== undefined) {
    return Object.entries(TWELFTHS).map(([norm, runs]) => ({
      name: `transformer_blocks.${at}.${norm}.linear.${kind}`,
      rows: { of: 12, runs },
    }));
  }
  return [{
    name: PARTS.reduce(
      (name, [from, to]) => name.replace(from, to),
      original,
    ),
  }];
}

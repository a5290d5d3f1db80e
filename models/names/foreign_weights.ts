/** Names that only tensors of other kinds of checkpoints have, and what such a checkpoint is. */
const MARKS: readonly (readonly [RegExp, string])[] = [
  [
    /(?:^|[._])lora(?:[._]|$)|\b(?:hada|lokr)_w\d|\bdora_scale$/i,
    "it is, or holds, a LoRA; accepted are whole models, into which a LoRA was merged",
  ],
  [
    /(?:^|\.)(?:scaled_fp8|scale_weight|scale_input|input_scale|weight_scale(?:_inv|_2|s)?|scale_inv|SCB|weight_format|qzeros|g_idx|wscales|absmax|quant_map)$|\.quant_state\./,
    "its weights are quantised by another program (scaled fp8, int8 or the like); accepted are f32, f16, bf16, plain fp8, and what was quantised here or by QVGen's authors",
  ],
  [
    /(?:^|\.)(?:img_emb|image_embedder|k_img|v_img|norm_k_img|add_k_proj|add_v_proj|norm_added_k)\./,
    "it is an image-to-video model; accepted are text-to-video models",
  ],
  [
    /(?:^|\.)(?:vace_blocks|vace_patch_embedding|control_adapter|controlnet)/,
    "it is a model with a control branch (VACE, ControlNet); accepted are plain text-to-video models",
  ],
];

/** What a checkpoint with tensors of these names is, if it is known and not read here. */
export function foreignWeights(names: Iterable<string>): string | undefined {
  const all = [...names];
  for (const [mark, what] of MARKS) {
    const name = all.find((name) => mark.test(name));
    if (name !== undefined) {
      return `by its tensor ${name.slice(0, 100)} ${what}`;
    }
  }
  return undefined;
}

import { sizeOf } from "../../autograd/tensor.ts";
import type { JsonObject } from "../../core/json.ts";
import type { TensorFacts } from "../weights/load.ts";

/** Width of a head of every Wan model that was published; it does not follow from shapes. */
const HEAD_DIM = 128;

/**
 * The config of a Wan text-to-video transformer from the shapes of its tensors
 * under diffusers' names, quantised or not; undefined if they are of another
 * network. What no shape gives is as in all published models.
 */
export function inferWanConfig(
  tensors: ReadonlyMap<string, TensorFacts>,
): JsonObject | undefined {
  const weight = (name: string) =>
    (tensors.get(`${name}.weight`) ?? tensors.get(`${name}.w`))?.shape;
  const patch = tensors.get("patch_embedding.weight")?.shape;
  const time = weight("condition_embedder.time_embedder.linear_1");
  const text = weight("condition_embedder.text_embedder.linear_1");
  const feed = weight("blocks.0.ffn.net.0.proj");
  const out = weight("proj_out");
  if (patch?.length !== 5 || !time || !text || !feed || !out) return undefined;
  const [dim = 0, in_channels, ...patch_size] = patch;
  // Counted, so that a stray number is a missing block and not a million of them.
  const blocks = new Set(
    tensors.keys().map((name) => /^blocks\.\d+\./.exec(name)?.[0])
      .filter((block) => block !== undefined),
  );
  return {
    _class_name: "WanTransformer3DModel",
    patch_size,
    num_attention_heads: dim / HEAD_DIM,
    attention_head_dim: HEAD_DIM,
    in_channels,
    out_channels: out[0]! / sizeOf(patch_size),
    text_dim: text[1],
    freq_dim: time[1],
    ffn_dim: feed[0],
    num_layers: blocks.size,
    cross_attn_norm: tensors.has("blocks.0.norm2.weight"),
    qk_norm: "rms_norm_across_heads",
    eps: 1e-6,
    rope_max_seq_len: 1024,
  };
}

/** Keys of a config that follow from shapes; heads only by their product with their width. */
const TOLD = [
  "patch_size",
  "in_channels",
  "out_channels",
  "text_dim",
  "freq_dim",
  "ffn_dim",
  "num_layers",
];

/** Whether a config may be that of the network whose shapes gave `inferred`. */
export function fitsShapes(config: JsonObject, inferred: JsonObject): boolean {
  const width = (c: JsonObject) =>
    Number(c["num_attention_heads"]) * Number(c["attention_head_dim"]);
  const crossNorm = config["cross_attn_norm"] ?? true;
  return width(config) === width(inferred) &&
    crossNorm === inferred["cross_attn_norm"] &&
    ["_class_name", ...TOLD].every((key) =>
      JSON.stringify(config[key]) === JSON.stringify(inferred[key])
    );
}

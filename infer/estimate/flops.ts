import { Linear } from "../../models/linears/linear.ts";
import { modulesOf } from "../../models/module.ts";
import type { VideoTransformer } from "../../models/video_transformer.ts";

/** Rows that a transformer works on in one call for one sample. */
export interface Tokens {
  /** Patches of the latents. */
  readonly video: number;
  /** Rows of the prompt, padding included. */
  readonly text: number;
}

/** Floating point operations of one call, two for each multiply and add. */
export interface Flops {
  /** All products with weights. */
  readonly linear: number;
  /** Both products of self attention. */
  readonly attention: number;
  /** Both products of cross attention; 0 where text and video attend jointly. */
  readonly cross: number;
  /** Bytes of the activations of one call that live at the same time. */
  readonly activationBytes: number;
}

/** Sizes of a class on which the FLOPs of its attention depend. */
interface Shape {
  /** Blocks. */
  readonly blocks: number;
  /** Width of a token. */
  readonly dim: number;
  /** Whether text and video are one sequence. */
  readonly joint: boolean;
  /** Rows of a linear by its path. */
  readonly rows: (path: string) => number;
}

/** Counts the products of one call of a transformer on one sample. */
export function callFlops(network: VideoTransformer, tokens: Tokens): Flops {
  const { blocks, dim, joint, rows } = shapeOf(network, tokens);
  const length = tokens.video + (joint ? tokens.text : 0);
  const linears = [...modulesOf(Linear, network)];
  const linear = linears.reduce(
    (sum, [path, { inputs, outputs }]) =>
      sum + 2 * rows(path) * inputs * outputs,
    convolution(network, tokens),
  );
  const inner = Math.max(
    ...linears.filter(([path]) => rows(path) === length)
      .map(([, { outputs }]) => outputs),
  );
  return {
    linear,
    attention: 4 * blocks * length ** 2 * dim,
    cross: joint ? 0 : 4 * blocks * length * tokens.text * dim,
    // In the feed-forward: tokens and their normed form, then the inner width
    // before and after its activation; in attention: q, k, v and what they are made of.
    // All the while, the text as it came and as blocks take it.
    activationBytes: 4 * length * Math.max(7 * dim, 2 * dim + 2 * inner) +
      4 * tokens.text * (network.textDim + dim),
  };
}

/** FLOPs of a patch projection that is a convolution instead of a linear. */
function convolution(network: VideoTransformer, { video }: Tokens): number {
  const { patch, channels, json } = network;
  const projected = json["patch_size_t"] != null;
  const values = patch[0] * patch[1] * patch[2] * channels;
  return projected ? 0 : 2 * video * values * widthOf(network);
}

/** How many rows a linear takes in one call for one sample, by its path. */
export function linearRows(
  network: VideoTransformer,
  tokens: Tokens,
): (path: string) => number {
  return shapeOf(network, tokens).rows;
}

function widthOf({ json }: VideoTransformer): number {
  return Number(json["num_attention_heads"]) *
    Number(json["attention_head_dim"]);
}

function shapeOf(
  network: VideoTransformer,
  { video, text }: Tokens,
): Shape {
  const { json } = network;
  const common = { blocks: Number(json["num_layers"]), dim: widthOf(network) };
  if (json["_class_name"] === "WanTransformer3DModel") {
    const ofText = /^condition_embedder\.text_embedder|\.attn2\.to_[kv]$/;
    const rows = (path: string) =>
      /^condition_embedder\.time_/.test(path)
        ? 1
        : ofText.test(path)
        ? text
        : video;
    return { ...common, joint: false, rows };
  }
  const rows = (path: string) =>
    /^time_embedding|\.norm[12]\.linear$|^norm_out\.linear$/.test(path)
      ? 1
      : path === "patch_embed.text_proj"
      ? text
      : /^patch_embed\.proj$|^proj_out$/.test(path)
      ? video
      : video + text;
  return { ...common, joint: true, rows };
}

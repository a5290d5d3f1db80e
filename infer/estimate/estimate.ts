import type { ClipSize } from "../../core/clip_size.ts";
import { InputError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { HalfLinear } from "../../models/linears/half_linear.ts";
import { Linear } from "../../models/linears/linear.ts";
import { parameters, replaceModules } from "../../models/module.ts";
import type { QuantizationConfig } from "../../models/packed/config.ts";
import { PackedLinear } from "../../models/linears/packed_linear.ts";
import { RANGE_COUNT } from "../../models/quant/range_index.ts";
import { QuantContext } from "../../models/quant/context.ts";
import { declareTextEncoder } from "../../models/text/text_encoders.ts";
import { declareTransformer } from "../../models/transformers.ts";
import type { VideoTransformer } from "../../models/video_transformer.ts";
import type { Precision } from "../precision.ts";
import { callFlops, type Flops, type Tokens } from "./flops.ts";
import { countParameters, countVaeParameters } from "./parameter_counts.ts";

/** The configs of a model whose weights need not be there. */
export interface ModelConfigs {
  /** What it is called. */
  readonly name: string;
  /** The folder, or the transformer's config.json, that it was read from. */
  readonly path?: string;
  /** config.json of the transformer. */
  readonly transformer: JsonObject;
  /** config.json of the text encoder. */
  readonly text_encoder: JsonObject;
  /** config.json of the autoencoder. */
  readonly vae: JsonObject;
  /** Text rows of a prompt. */
  readonly text_rows: number;
  /** The default clip. */
  readonly default: ClipSize;
}

/** What one part of a pipeline takes. */
export interface PartEstimate {
  /** Exact number of parameters. */
  readonly parameters: number;
  /** Bytes of its weight files at this precision. */
  readonly diskBytes: number;
  /** Bytes of its weights on the GPU. */
  readonly gpuBytes: number;
}

/** What a model takes at one size and precision. */
export interface Estimate {
  /** The clip. */
  readonly size: ClipSize;
  /** How the transformer is held. */
  readonly precision: Precision;
  /** What each part takes. */
  readonly parts: Readonly<
    Record<"text_encoder" | "transformer" | "vae", PartEstimate>
  >;
  /** Most bytes on the GPU in each phase, weights and activations. */
  readonly peak: Readonly<Record<"text" | "denoise" | "decode", number>>;
  /** Rows of one call of the transformer. */
  readonly tokens: Tokens;
  /** Operations of one call of the transformer; guidance makes two calls a step. */
  readonly flops: Flops;
}

/** Frames, rows and columns of a latent of all published autoencoders. */
const PUBLISHED_STRIDE = [4, 8, 8] as const;

/**
 * Estimates a model from its configs alone: parameters and bytes of weights
 * are exact, FLOPs those of all products, peaks within some tens of percent.
 * The transformer is held at `precision` (packed W4A4 with its learnt ranges),
 * text encoder and autoencoder in f32. Throws InputError for a size that the
 * model cannot make.
 */
export function estimate(
  model: ModelConfigs,
  precision: Precision,
  size: ClipSize = model.default,
  bits: 3 | 4 = 4,
): Estimate {
  const network = declareTransformer(
    model.transformer,
    placeOf(model, "transformer"),
  );
  const encoder = declareTextEncoder(
    model.text_encoder,
    placeOf(model, "text_encoder"),
  );
  const tokens = tokensOf(model, network, size);
  const flops = callFlops(network, tokens);
  const transformer = {
    ...transformerBytes(model, precision, bits),
    parameters: countParameters(network),
  };
  const text_encoder = inF32(countParameters(encoder));
  const vae = inF32(countVaeParameters(model.vae, placeOf(model, "vae")));
  const peak = {
    text: text_encoder.gpuBytes + textActivations(model),
    denoise: transformer.gpuBytes + 2 * flops.activationBytes,
    decode: vae.gpuBytes + decodeActivations(model, size),
  };
  const parts = { text_encoder, transformer, vae };
  return { size, precision, parts, peak, tokens, flops };
}

/** Names the config of a part in messages. */
function placeOf({ name, path = name }: ModelConfigs, part: string): string {
  return path === name || path.endsWith(".json")
    ? path
    : `${path}/${part}/config.json`;
}

function bytesOf(module: object): number {
  return parameters(module).reduce(
    (sum, [, { size, dtype }]) =>
      sum + (dtype === "f16" ? 4 * Math.ceil(size / 2) : 4 * size),
    0,
  );
}

function inF32(parameters: number): PartEstimate {
  return { parameters, diskBytes: 4 * parameters, gpuBytes: 4 * parameters };
}

/** The network of that precision is built, without memory, and counted. */
function transformerBytes(
  model: ModelConfigs,
  precision: Precision,
  bits: 3 | 4,
): Pick<PartEstimate, "diskBytes" | "gpuBytes"> {
  const network = declareTransformer(model.transformer, model.name);
  if (precision === "f16") {
    replaceModules(Linear, network, (_, plain) => new HalfLinear(plain));
  }
  const plainBytes = bytesOf(network);
  if (precision === "f16" || precision === "f32") {
    return { diskBytes: plainBytes, gpuBytes: plainBytes };
  }
  const quantization = usualQuantization(bits);
  const context = new QuantContext();
  let derived = 0;
  replaceModules(Linear, network, (_, plain) => {
    derived += 16 * plain.outputs + 8 * RANGE_COUNT;
    return new PackedLinear(plain, { quantization, context });
  });
  const diskBytes = bytesOf(network);
  // Packed, four floats of each row and joined clips are kept as well; fake, the weights as floats.
  const gpuBytes = precision === "packed" ? diskBytes + derived : plainBytes;
  return { diskBytes, gpuBytes };
}

function tokensOf(
  { name, text_rows, vae }: ModelConfigs,
  network: VideoTransformer,
  { frames, height, width }: ClipSize,
): Tokens {
  const [pt, ph, pw] = network.patch;
  const { first, stride: [st, sh, sw] } = latentsOf(vae);
  const latent = (frames - first) / st + first;
  const [rows, columns] = [height / sh / ph, width / sw / pw];
  if (![latent, rows, columns].every(Number.isInteger)) {
    throw new InputError(
      `${name} makes no clips of ${frames} frames of ${width}x${height}; accepted are ${
        first === 1 ? `${st}k + 1` : `${st}k`
      } frames, heights in steps of ${sh * ph} and widths of ${sw * pw}`,
    );
  }
  // Latent frames are filled up to whole patches.
  return { video: Math.ceil(latent / pt) * rows * columns, text: text_rows };
}

/** Frames, rows and columns of a latent, and how many first frames have one of their own. */
function latentsOf(vae: JsonObject): {
  readonly first: 0 | 1;
  readonly stride: readonly [number, number, number];
} {
  const patch = vae["patch_size"];
  if (vae["_class_name"] !== "PatchCodec" || !Array.isArray(patch)) {
    return { first: 1, stride: PUBLISHED_STRIDE };
  }
  const [frames = 1, rows = 1, columns = 1] = patch.map(Number);
  return { first: 0, stride: [frames, rows, columns] };
}

/** Two prompts at once: the widest layer before and after its activation. */
function textActivations({ text_encoder, text_rows }: ModelConfigs): number {
  const { d_ff, d_model } = text_encoder as Record<string, number>;
  return 2 * 4 * text_rows * (3 * d_ff! + 2 * d_model!);
}

/** Four frames at the narrowest width of the decoder, which are its largest tensors. */
function decodeActivations({ vae }: ModelConfigs, size: ClipSize): number {
  const { frames, height, width } = size;
  const clip = 4 * 3 * frames * height * width;
  if (vae["_class_name"] === "PatchCodec") return clip; // a product on the host
  const [first] = (vae["block_out_channels"] ?? []) as number[];
  const channels = first ?? Number(vae["base_dim"]);
  return clip + 4 * (4 * 4 * height * width * channels);
}

/** The default quantisation of QVGen: all linears, learnt ranges. */
export function usualQuantization(bits: number): QuantizationConfig {
  return {
    quant_method: "qvgen",
    weight_bits: bits,
    activation_bits: bits,
    granularity: "per_channel",
    modules_to_not_convert: [],
    activation_clips: { rule: "timestep", groups: RANGE_COUNT, ratio: 0.95 },
  };
}

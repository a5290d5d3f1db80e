/**
 * Layers and networks under the names that checkpoints use: Wan and CogVideoX
 * transformers, their autoencoders, text encoders and tokenizers, quantised and
 * packed linears.
 *
 * @example The weights of a checkpoint in a layer
 * ```ts
 * import { Linear, load, openGpu } from "@qvgen/qvgen";
 * import { MemorySource } from "@qvgen/qvgen/models";
 *
 * using gpu = await openGpu();
 * const layer = new Linear(2, 1, false);
 * const weight = { shape: [1, 2], data: Float32Array.of(3, 4) };
 * const tensors = new Map([["weight", weight]]);
 * await load(gpu, layer, new MemorySource("an example", tensors));
 * console.log(await layer.weight.read(gpu)); // [3, 4]
 * ```
 *
 * @module
 */

// Modules and their weights
export {
  Module,
  modulesOf,
  Parameter,
  parameters,
  replaceModules,
  type Role,
} from "./module.ts";
export { Linear, LinearLayer } from "./linears/linear.ts";
export { type Bits, formatBits, parseBits } from "../core/bits.ts";
export { QuantLinear, type QuantSettings } from "./linears/quant_linear.ts";
export { QuantContext, type RangeSettings } from "./quant/context.ts";
export {
  RANGE_RULES,
  RangeRule,
  type RangeRuleName,
} from "./quant/range_rule.ts";
export {
  load,
  type LoadOptions,
  MemorySource,
  type MemoryTensor,
  type TensorFacts,
  type TensorSource,
} from "./weights/load.ts";
export { initialise, type InitialiseOptions } from "./weights/initialise.ts";
export { download, type SavedTensor } from "./weights/save.ts";

// Packed models
export {
  packCodes,
  type RowLayout,
  unpackCodes,
  wordsPerRow,
} from "../core/packing.ts";
export {
  isQuantised,
  parseQuantization,
  type QuantizationConfig,
} from "./packed/config.ts";
export {
  loadPacked,
  type LoadPackedOptions,
  PACKED_FORMS,
} from "./packed/load.ts";
export {
  type LayerToPack,
  type ModelToPack,
  packedCheckpoint,
  type PackedTensor,
} from "./packed/write.ts";

// Checkpoints of others: QVGen's authors', original Wan and SAT names
export {
  type Arithmetic,
  type LatentWeight,
  officialCodes,
} from "./official/codes.ts";
export type { OfficialLayer } from "./official/layers.ts";
export {
  OfficialAsPacked,
  type OfficialSettings,
} from "./official/packed_view.ts";
export { type Naming, RenamedSource } from "./names/renamed.ts";

// Networks
export { declareTransformer } from "./transformers.ts";
export {
  type CallInputs,
  type CallShape,
  type Observer,
  type Prediction,
  type RopeTables,
  VideoTransformer,
} from "./video_transformer.ts";
export {
  type CogVideoXConfig,
  parseCogVideoXConfig,
} from "./cogvideox/config.ts";
export {
  type CogVideoXInputs,
  CogVideoXTransformer3DModel,
} from "./cogvideox/transformer.ts";
export { parseWanConfig, type WanConfig } from "./wan/config.ts";
export { type WanInputs, WanTransformer3DModel } from "./wan/transformer.ts";
export { PatchCodec, type PatchCodecConfig } from "./tiny/patch_codec.ts";
export { relativeBuckets } from "./text/relative_buckets.ts";
export { parseT5Config, type T5Config } from "./text/t5_config.ts";
export {
  T5EncoderModel,
  TextEncoder,
  Umt5EncoderModel,
} from "./text/text_encoder.ts";
export { declareTextEncoder } from "./text/text_encoders.ts";

// Video autoencoders
export type { Tiling, VideoAutoencoder } from "./vae/autoencoder.ts";
export { type HostClip, type HostShape, joinFrames } from "./vae/clip.ts";
export { drawLatents, type DrawOrder } from "./vae/draw_latents.ts";
export type { Chunk, FrameCache } from "./vae/frame_cache.ts";
export { openVae, type VaeSource } from "./vae/open.ts";
export {
  type FrameReader,
  readerOf,
  type VaeOptions,
  VideoVae,
} from "./vae/video_vae.ts";

// Text
export { cleanPrompt } from "./text/prompt_clean.ts";
export { type PaddedIds, Tokenizer } from "./text/tokenizer.ts";
export { tokenizerFromFiles } from "./text/tokenizer_files.ts";
export { wordTokenizerModel } from "./text/word_tokenizer.ts";

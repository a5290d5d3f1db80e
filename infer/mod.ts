/**
 * Clips from prompts: pipelines, samplers and schedulers, and what a model takes
 * of a GPU.
 *
 * @module
 */

// Schedulers
export { alphaBars } from "./schedulers/alpha_bar.ts";
export type { SchedulerConfig } from "./schedulers/config.ts";
export { schedulerFromConfig } from "./schedulers/from_config.ts";
export {
  type FlowGrid,
  Scheduler,
  type TimestepOptions,
} from "./schedulers/scheduler.ts";

// Clips from prompts, in three lines
export { loadPipeline, type LoadPipelineOptions } from "./load_pipeline.ts";
export { EMBEDDED_MODEL, type ModelName } from "./model_files.ts";
export {
  type GenerateRequest,
  type PipelineState,
  type PlannedClip,
  VideoPipeline,
} from "./video_pipeline.ts";
export {
  type Emit,
  Generation,
  type GenerationProgress,
} from "./generation.ts";
export {
  type ClipRecord,
  GeneratedClip,
  type SaveOptions,
} from "./generated_clip.ts";
export type { AskedSettings } from "./asked_settings.ts";

// Clips from prompts, part by part
export type { GuidanceRule } from "./guidance.ts";
export { TEXT_WEIGHTS, type TextWeights } from "./loaded_text_encoder.ts";
export { type CachedRows, PromptCache } from "./prompt_cache.ts";
export {
  PromptEncoder,
  type PromptEncoderParts,
  type PromptRows,
} from "./prompt_encoder.ts";
export type { Padding } from "./text.ts";
export type { VideoCodec } from "./video_codec.ts";
export { Denoiser, type Quantised } from "./denoiser.ts";
export {
  type ModelSettings,
  type Sampler,
  SAMPLERS,
} from "./model_settings.ts";
export {
  type OpenedTransformer,
  openTransformer,
  type OpenTransformerOptions,
} from "./open_transformer.ts";
export {
  openTransformerFiles,
  type TransformerFiles,
  type TransformerFilesOptions,
} from "./transformer_files.ts";
export type { PromptTokenizer } from "./pipeline_folder.ts";
export {
  type LoadedPipeline,
  type MemoryForClips,
  type OpenOptions,
  PipelineSource,
} from "./pipeline_source.ts";
export type { MemoryLimit } from "./video_memory.ts";
export { type Precision, PRECISIONS } from "./precision.ts";
export { type NoiseSource, seededNoise } from "./noise_source.ts";
export { sample, type SampledStep, type SampleOptions } from "./sample.ts";
export {
  type ClipProgress,
  type ClipRequest,
  type ClipWatch,
  type PipelineParts,
  type PromptedClip,
  type SamplingSettings,
  TextToVideo,
} from "./text_to_video.ts";

// What models take, told without their weights
export {
  type Estimate,
  estimate,
  type ModelConfigs,
  type PartEstimate,
} from "./estimate/estimate.ts";
export type { Flops, Tokens } from "./estimate/flops.ts";
export { NAMED_MODELS, namedModel } from "./estimate/named_models.ts";

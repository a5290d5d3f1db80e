/**
 * qvgen: video diffusion transformers on any GPU, trained and run at 4 and 3
 * bits by QVGen. Tensors live on WebGPU; work is recorded once on shapes alone,
 * placed in memory, and replayed.
 *
 * @example Record a plan, run it, read its results
 * ```ts
 * import { fromArray, gelu, gradients, linear, openGpu, record } from "./mod.ts";
 *
 * using gpu = await openGpu();
 * const x = fromArray(gpu, [2, 3], [1, 2, 3, 4, 5, 6]);
 * const W = fromArray(gpu, [1, 3], [0.5, -1, 0.25]);
 * const dy = fromArray(gpu, [2, 1], [1, 1]);
 *
 * using plan = await record(gpu, () => {
 *   const y = gelu(linear(x, W)); // [2, 1]
 *   const [dW] = gradients(y, dy, [W]);
 *   return { y: y.keep(), dW: dW!.keep() }; // kept tensors can be read
 * });
 * plan.run(); // as often as you like, with new values in x and W
 * console.log(await plan.result.y.read(gpu)); // [-0.170, -0.100]
 * console.log(await plan.result.dW.read(gpu)); // the gradient of sum(y), [3]
 * ```
 *
 * @module
 */

// The GPU, and plans of work on it
export {
  type Gpu,
  type GpuOptions,
  openGpu,
  type Traits,
} from "./gpu/device.ts";
export type { Plan } from "./gpu/plan.ts";
export type { Pool } from "./gpu/pool.ts";
export type { KernelTime } from "./gpu/profile.ts";
export { chromeTrace, profileTable } from "./gpu/profile_report.ts";
export {
  type GpuSpan,
  type HostSpan,
  type Profile,
  Profiler,
} from "./gpu/profiler.ts";
export { record, type Storage } from "./gpu/record.ts";
export { type RaceOptions, Tuning } from "./gpu/tuning.ts";
export type { Choice, TuningTable } from "./gpu/tuning_table.ts";

// Kernels and ops of one's own
export { type Kernel, kernel, type Params } from "./gpu/kernel.ts";
export type { Bound, Dispatch, Race } from "./gpu/dispatch.ts";
export {
  emit,
  emitBest,
  type EmitOptions,
  type Form,
  spread,
  traits,
} from "./gpu/record.ts";
export type { Constants } from "./gpu/specialize.ts";
export { differentiable, type Pullback, type Take } from "./autograd/op.ts";

// Tensors and gradients
export {
  type DType,
  fromArray,
  like,
  pinned,
  readAll,
  readWords,
  type Shape,
  sizeOf,
  Tensor,
  type Values,
} from "./autograd/tensor.ts";
export { checkpoint } from "./autograd/checkpoint.ts";
export { detach, gradients, gradientsOf } from "./autograd/op.ts";
export { withoutGradients } from "./autograd/without_gradients.ts";

// Ops: one number at a time
export { abs } from "./autograd/abs.ts";
export { add } from "./autograd/add.ts";
export { addScalar } from "./autograd/add_scalar.ts";
export { clamp } from "./autograd/clamp.ts";
export { div } from "./autograd/div.ts";
export { exp } from "./autograd/exp.ts";
export { full } from "./autograd/full.ts";
export { gelu } from "./autograd/gelu.ts";
export { geluGated } from "./autograd/gelu_gated.ts";
export { log } from "./autograd/log.ts";
export { maximum } from "./autograd/maximum.ts";
export { mul } from "./autograd/mul.ts";
export { pow } from "./autograd/pow.ts";
export { reciprocal } from "./autograd/reciprocal.ts";
export { relu } from "./autograd/relu.ts";
export { round } from "./autograd/round.ts";
export { rsqrt } from "./autograd/rsqrt.ts";
export { scale } from "./autograd/scale.ts";
export { sigmoid } from "./autograd/sigmoid.ts";
export { silu } from "./autograd/silu.ts";
export { sqrt } from "./autograd/sqrt.ts";
export { square } from "./autograd/square.ts";
export { sub } from "./autograd/sub.ts";
export { tanh } from "./autograd/tanh.ts";
export { where } from "./autograd/where.ts";

// Ops: shapes
export { chunk } from "./autograd/chunk.ts";
export { concat } from "./autograd/concat.ts";
export { expand } from "./autograd/expand.ts";
export { padConstant } from "./autograd/pad_constant.ts";
export { patchify } from "./autograd/patchify.ts";
export { permute } from "./autograd/permute.ts";
export { repeatInterleave } from "./autograd/repeat_interleave.ts";
export { reshape } from "./autograd/op.ts";
export { select } from "./autograd/select.ts";
export { type Range, slice } from "./autograd/slice.ts";
export { stack } from "./autograd/stack.ts";

// Ops: reductions and losses
export type { ReduceOptions } from "./autograd/reduce.ts";
export { amax } from "./autograd/amax.ts";
export { amin } from "./autograd/amin.ts";
export { mean } from "./autograd/mean.ts";
export { mse } from "./autograd/mse.ts";
export { softmax } from "./autograd/softmax.ts";
export { sum } from "./autograd/sum.ts";
export { variance } from "./autograd/variance.ts";
export { weightedMse } from "./autograd/weighted_mse.ts";

// Ops: layers
export {
  attention,
  type AttentionOptions,
  type AttentionPrecision,
} from "./autograd/attention.ts";
export { channelRmsNorm } from "./autograd/channel_rms_norm.ts";
export { conv2d, type Conv2dOptions } from "./autograd/conv2d.ts";
export {
  causalConv3d,
  type CausalConv3dOptions,
  conv3d,
  type Conv3dOptions,
  type Pad,
  type Past,
} from "./autograd/conv3d.ts";
export type { Three } from "./autograd/conv_passes.ts";
export { embedding } from "./autograd/embedding.ts";
export { groupNorm, type GroupNormOptions } from "./autograd/group_norm.ts";
export { linear, type LinearOptions } from "./autograd/linear.ts";
export type { Epilogue } from "./autograd/linear_epilogue.ts";
export { matmul } from "./autograd/matmul.ts";
export { gatedResidual, modulate } from "./autograd/modulate.ts";
export { layerNorm, layerNormModulate, rmsNorm } from "./autograd/norm.ts";
export {
  layerNormRope,
  type LayerNormRopeOptions,
  rmsNormRope,
  type RmsNormRopeOptions,
} from "./autograd/norm_rope.ts";
export { rope } from "./autograd/rope.ts";
export { upsampleNearest } from "./autograd/upsample.ts";

// Matrix decompositions
export {
  type BalancedFactors,
  balancedFactors,
} from "./autograd/linalg/low_rank.ts";
export { type Qr, qr } from "./autograd/linalg/qr.ts";
export {
  recompose,
  recomposeAll,
  type Shrinking,
} from "./autograd/linalg/recompose.ts";
export { type Svd, svd } from "./autograd/linalg/svd.ts";

// Quantisers, and products of packed codes
export {
  fakeQuantActivation,
  type FakeQuantActivationOptions,
  type LearntRanges,
  RANGE_RATIO,
} from "./autograd/fake_quant_activation.ts";
export {
  fakeQuantWeight,
  type FakeQuantWeightOptions,
  weightCodes,
  type WeightQuantizer,
} from "./autograd/fake_quant_weight.ts";
export {
  type CodeGrid,
  describeOutputs,
  type PackedCodes,
  packWeight,
  unpackWeight,
} from "./autograd/pack_weight.ts";
export type { LowRank } from "./autograd/low_rank.ts";
export {
  type PackedLayer,
  packedLayer,
  packedLinear,
  type PackedLinearOptions,
  packedLinears,
} from "./autograd/packed_linear.ts";
export { joinRanges, type TokenQuantizer } from "./autograd/quantize_tokens.ts";
export {
  weightRange,
  type WeightRangeOptions,
} from "./autograd/weight_range.ts";

// Modules and their weights
export {
  Module,
  modulesOf,
  Parameter,
  parameters,
  replaceModules,
  type Role,
} from "./models/module.ts";
export { Linear, LinearLayer } from "./models/linears/linear.ts";
export { type Bits, formatBits, parseBits } from "./core/bits.ts";
export {
  QuantLinear,
  type QuantSettings,
} from "./models/linears/quant_linear.ts";
export { QuantContext, type RangeSettings } from "./models/quant/context.ts";
export { RangeRule, type RangeRuleName } from "./models/quant/range_rule.ts";
export {
  load,
  type LoadOptions,
  MemorySource,
  type MemoryTensor,
  type TensorFacts,
  type TensorSource,
} from "./models/weights/load.ts";
export { download, type SavedTensor } from "./models/weights/save.ts";

// Packed models
export {
  packCodes,
  type RowLayout,
  unpackCodes,
  wordsPerRow,
} from "./core/packing.ts";
export {
  isQuantised,
  parseQuantization,
  type QuantizationConfig,
} from "./models/packed/config.ts";
export { loadPacked, type LoadPackedOptions } from "./models/packed/load.ts";
export {
  type LayerToPack,
  type ModelToPack,
  packedCheckpoint,
  type PackedTensor,
} from "./models/packed/write.ts";

// Checkpoints of others: QVGen's authors', original Wan and SAT names
export {
  type Arithmetic,
  type LatentWeight,
  officialCodes,
} from "./models/official/codes.ts";
export type { OfficialLayer } from "./models/official/layers.ts";
export {
  OfficialAsPacked,
  type OfficialSettings,
} from "./models/official/packed_view.ts";
export { type Naming, RenamedSource } from "./models/names/renamed.ts";

// Networks
export { declareTransformer } from "./models/transformers.ts";
export {
  type CallInputs,
  type CallShape,
  type Observer,
  type Prediction,
  type RopeTables,
  VideoTransformer,
} from "./models/video_transformer.ts";
export {
  type CogVideoXConfig,
  parseCogVideoXConfig,
} from "./models/cogvideox/config.ts";
export {
  type CogVideoXInputs,
  CogVideoXTransformer3DModel,
} from "./models/cogvideox/transformer.ts";
export { parseWanConfig, type WanConfig } from "./models/wan/config.ts";
export {
  type WanInputs,
  WanTransformer3DModel,
} from "./models/wan/transformer.ts";
export {
  PatchCodec,
  type PatchCodecConfig,
} from "./models/tiny/patch_codec.ts";
export { relativeBuckets } from "./models/text/relative_buckets.ts";
export { parseT5Config, type T5Config } from "./models/text/t5_config.ts";
export {
  T5EncoderModel,
  TextEncoder,
  Umt5EncoderModel,
} from "./models/text/text_encoder.ts";
export { declareTextEncoder } from "./models/text/text_encoders.ts";

// Video autoencoders
export type { Tiling, VideoAutoencoder } from "./models/vae/autoencoder.ts";
export {
  type HostClip,
  type HostShape,
  joinFrames,
} from "./models/vae/clip.ts";
export { drawLatents, type DrawOrder } from "./models/vae/draw_latents.ts";
export type { Chunk, FrameCache } from "./models/vae/frame_cache.ts";
export { openVae, type VaeSource } from "./models/vae/open.ts";
export {
  type FrameReader,
  readerOf,
  type VaeOptions,
  VideoVae,
} from "./models/vae/video_vae.ts";

// Text
export { cleanPrompt } from "./models/text/prompt_clean.ts";
export { type PaddedIds, Tokenizer } from "./models/text/tokenizer.ts";
export { tokenizerFromFiles } from "./models/text/tokenizer_files.ts";
export { readTokenizerFiles } from "./io/tokenizer_files.ts";

// Schedulers
export { alphaBars } from "./infer/schedulers/alpha_bar.ts";
export type { SchedulerConfig } from "./infer/schedulers/config.ts";
export { schedulerFromConfig } from "./infer/schedulers/from_config.ts";
export {
  type FlowGrid,
  Scheduler,
  type TimestepOptions,
} from "./infer/schedulers/scheduler.ts";

// Clips from prompts
export type { GuidanceRule } from "./infer/guidance.ts";
export { TEXT_WEIGHTS, type TextWeights } from "./infer/loaded_text_encoder.ts";
export { type CachedRows, PromptCache } from "./infer/prompt_cache.ts";
export {
  PromptEncoder,
  type PromptEncoderParts,
  type PromptRows,
} from "./infer/prompt_encoder.ts";
export type { Padding } from "./infer/text.ts";
export type { VideoCodec } from "./infer/codec.ts";
export { Denoiser, type Quantised } from "./infer/denoiser.ts";
export {
  type ModelSettings,
  type Sampler,
  SAMPLERS,
} from "./infer/model_settings.ts";
export {
  type OpenedTransformer,
  openTransformer,
  type OpenTransformerOptions,
} from "./infer/open_transformer.ts";
export {
  openTransformerFiles,
  type TransformerFiles,
  type TransformerFilesOptions,
} from "./infer/transformer_files.ts";
export {
  type Packed,
  packOfficial,
  type PackRequest,
} from "./infer/pack_official.ts";
export type { PromptTokenizer } from "./infer/pipeline_folder.ts";
export {
  type LoadedPipeline,
  type MemoryForClips,
  type OpenOptions,
  PipelineSource,
} from "./infer/pipeline_source.ts";
export type { MemoryLimit } from "./infer/video_memory.ts";
export type { Precision } from "./infer/precision.ts";
export { type NoiseSource, seededNoise } from "./infer/noise_source.ts";
export {
  sample,
  type SampledStep,
  type SampleOptions,
} from "./infer/sample.ts";
export {
  type ClipProgress,
  type ClipRequest,
  type ClipWatch,
  type PipelineParts,
  type SamplingSettings,
  TextToVideo,
} from "./infer/text_to_video.ts";

// Training: a whole run
export {
  configYaml,
  resolveConfig,
  type RoleRates,
  type TrainConfig,
} from "./train/config/config.ts";
export type { Mapping } from "./core/mapping.ts";
export {
  type ConfigSource,
  configSource,
  readConfigFile,
} from "./train/config/config_source.ts";
export type { TrainMemory } from "./train/memory_estimate.ts";
export {
  type FinishedRun,
  type RunEvents,
  type RunInputs,
  trainRun,
} from "./train/run.ts";

// Training: steps
export {
  type ArenaMemory,
  type ArenaOptions,
  ParameterArena,
} from "./train/optim/parameter_arena.ts";
export {
  ADAMW,
  AdamW,
  type AdamWOptions,
  type StepStats,
} from "./train/optim/optimizer.ts";
export {
  learningRate,
  LR_SCHEDULES,
  type LrSchedule,
  type LrScheduleName,
} from "./train/optim/lr_schedule.ts";
export {
  type Objective,
  type TrainedStep,
  Trainer,
  type TrainerOptions,
} from "./train/optim/trainer.ts";

// Training: QVGen
export {
  type BatchSource,
  Distillation,
  type DistillationParts,
} from "./train/qvgen/distillation.ts";
export { type ExportSettings, exportStudent } from "./train/qvgen/export.ts";
export {
  flowLevels,
  type NoiseLevel,
  type NoiseLevels,
  noiseLevels,
  vLevels,
} from "./train/batches/noise.ts";
export {
  type DrawOptions,
  NoisedBatch,
  type NoisedBatchShape,
} from "./train/batches/noised_batch.ts";
export {
  type DecayStrategy,
  phaseCount,
  phaseLengthFor,
  type RankDecay,
  rankDecayAt,
  type RankDecayState,
} from "./train/qvgen/rank_decay.ts";
export {
  declareStudent,
  initialiseStudent,
  type Student,
  type StudentSettings,
} from "./train/qvgen/student.ts";

// Data: rendered clips with captions, and what they are judged by
export {
  type Background,
  BACKGROUNDS,
  type CaptionFactors,
  captionOf,
  type Color,
  COLORS,
  type Factors,
  type Keep,
  type Motion,
  MOTIONS,
  parseCaption,
  type Shape as ShapeName,
  SHAPES,
} from "./train/data/captions.ts";
export {
  evaluationGrid,
  type EvaluationPrompt,
  type Score,
  scorePrompt,
  type ScoreTable,
  scoreTable,
} from "./train/data/evaluation.ts";
export { readClip, type Reading } from "./train/data/oracle.ts";
export {
  type CaptionedClip,
  proceduralClip,
  type Scene,
} from "./train/data/procedural.ts";
export {
  DEFAULT_SIZE,
  type Geometry,
  renderClip,
} from "./train/data/render.ts";

// Data: sources of clips for training
export {
  ClipFolder,
  type ClipFolderOptions,
} from "./train/data/clip_folder.ts";
export type { ClipData } from "./train/data/clip_data.ts";
export type { ClipEntry } from "./train/data/clip_list.ts";
export type { ClipSet, ReadFrames } from "./train/data/clip_set.ts";
export {
  type ClipSource,
  proceduralSource,
  type TrainingClip,
} from "./train/data/clip_source.ts";

// Clips in memory and in video files
export type { ClipSize } from "./core/clip_size.ts";
export {
  type Clip,
  clipFromPlanar,
  type ClipShape,
  planarFromClip,
} from "./io/video/clip.ts";
export { decodeClip } from "./io/video/decode.ts";
export { probeVideo, type VideoInfo } from "./io/video/probe.ts";
export type { ClipStream } from "./io/video/clip_stream.ts";
export { type WriteOptions, writeVideo } from "./io/video/write.ts";

// What models take, told without their weights
export {
  type Estimate,
  estimate,
  type ModelConfigs,
  type PartEstimate,
} from "./infer/estimate/estimate.ts";
export type { Flops, Tokens } from "./infer/estimate/flops.ts";
export { NAMED_MODELS, namedModel } from "./infer/estimate/named_models.ts";

// Models of the hub
export type { Hub, HubFile } from "./io/hub/api.ts";
export {
  type Downloaded,
  downloadModel,
  type DownloadRequest,
} from "./io/hub/download.ts";

// Checkpoints, pipelines and safetensors files
export type { JsonObject } from "./core/json.ts";
export { Checkpoint, type CheckpointOptions } from "./io/checkpoint.ts";
export {
  type CheckpointToWrite,
  writeCheckpoint,
} from "./io/checkpoint_writer.ts";
export type { ModelIndex } from "./io/model_index.ts";
export { type ElementRange, SafetensorsFile } from "./io/safetensors.ts";
export type {
  Dtype,
  StoredTensor,
  TensorInfo,
} from "./io/safetensors_header.ts";
export {
  type TensorToWrite,
  writeSafetensors,
} from "./io/safetensors_writer.ts";

// Random numbers that depend on a seed, a purpose and an index alone
export {
  drawWords,
  randomBits,
  randomNormal,
} from "./autograd/random_normal.ts";
export { type Counter, type Key, Stream } from "./core/random.ts";

// Errors
export { AdapterError, InputError } from "./core/errors.ts";

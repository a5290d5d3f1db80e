import { join } from "@std/path";
import {
  ATTENTION_PRECISIONS,
  type AttentionPrecision,
} from "../autograd/attention.ts";
import type { ClipSize } from "../core/clip_size.ts";
import { InputError } from "../core/errors.ts";
import type { Gpu } from "../gpu/device.ts";
import { diskFiles } from "../io/disk.ts";
import type { FileSource } from "../io/file_source.ts";
import { type ModelIndex, partFolder } from "../io/model_index.ts";
import type { OfficialSettings } from "../models/official/packed_view.ts";
import {
  isQuantised,
  parseQuantization,
  type QuantizationConfig,
} from "../models/packed/config.ts";
import { declareTransformer } from "../models/transformers.ts";
import type {
  CallShape,
  VideoTransformer,
} from "../models/video_transformer.ts";
import { checkActivations } from "./estimate/activations.ts";
import { latentLayout } from "./clip_size.ts";
import { openCodec } from "./codec.ts";
import type { VideoCodec } from "./video_codec.ts";
import { defaultSize } from "./default_size.ts";
import { openTransformer, type Precision } from "./open_transformer.ts";
import {
  checkClass,
  openPipelineFolder,
  openTokenizer,
  type PromptTokenizer,
  readSchedulerConfig,
  textWidth,
} from "./pipeline_folder.ts";
import { promptIds } from "./prompt.ts";
import { choosePrecision } from "./precision.ts";
import { TEXT_WEIGHTS, type TextWeights } from "./loaded_text_encoder.ts";
import { checkName } from "./asked_settings.ts";
import { PromptCache } from "./prompt_cache.ts";
import { PromptEncoder } from "./prompt_encoder.ts";
import {
  type ModelSettings,
  readModelSettings,
  type Sampler,
  samplerConfig,
  SAMPLERS,
  SCHEDULERS,
} from "./model_settings.ts";
import { callsAStep } from "./sample.ts";
import { schedulerFromConfig } from "./schedulers/from_config.ts";
import type { Scheduler } from "./schedulers/scheduler.ts";
import { type SamplingSettings, TextToVideo } from "./text_to_video.ts";
import {
  openTransformerFiles,
  type TransformerFilesOptions,
} from "./transformer_files.ts";
import type { MemoryLimit } from "./video_memory.ts";

/** What overrules the folder's own choices. */
export interface OpenOptions {
  /** A folder or single file to take the transformer from. */
  readonly transformer?: string | undefined;
  /** How an official QVGen checkpoint was trained, which it does not record. */
  readonly official?: OfficialSettings | undefined;
  /** By default the best that the transformer has. */
  readonly precision?: Precision | undefined;
  /** How exactly the transformer attends; default f32. */
  readonly attention?: AttentionPrecision | undefined;
  /** By default that of the scheduler's config. */
  readonly sampler?: Sampler | undefined;
  /**
   * Text rows of a prompt, at which longer prompts are cut, as diffusers does by
   * max_sequence_length. By default as many as the model was made for, and longer
   * prompts are refused.
   */
  readonly textTokens?: number | undefined;
  /** In what form the text encoder is held; default f32. */
  readonly textWeights?: TextWeights | undefined;
  /** A folder that keeps text rows between runs; none by default. */
  readonly textCache?: string | undefined;
}

/** A pipeline ready to generate. */
export interface LoadedPipeline {
  /** Makes the clips. */
  readonly pipeline: TextToVideo;
  /** Bytes of the transformer's weights on the GPU. */
  readonly weightBytes: number;
  /** Blocks of the transformer whose weights are read from the files at every call. */
  readonly streamedBlocks: number;
}

/** How much memory of the GPU clips may take while they are denoised. */
export interface MemoryForClips {
  /** Most bytes of transformer and activations together. */
  readonly bytes: number;
  /** How they will be sampled. */
  readonly settings: SamplingSettings;
  /** How many are made side by side; default 1. */
  readonly clips?: number;
}

/** Where a pipeline folder may keep its packed transformer. */
const PACKED = "transformer_w4a4";

/** A vocabulary below this size is one of whole words that can be listed. */
const LISTABLE = 500;

/**
 * A pipeline folder, opened for generation: all but the large weights is read
 * and checked, so that wrong input is refused before any work.
 */
export class PipelineSource {
  private constructor(
    readonly index: ModelIndex,
    /** How the model likes to be sampled; a request may differ. */
    readonly settings: ModelSettings,
    readonly prompts: PromptTokenizer,
    readonly codec: VideoCodec,
    /** Makes a scheduler: each pipeline, and each check, has its own. */
    readonly newScheduler: () => Scheduler,
    /** The transformer, without its weights. */
    readonly network: VideoTransformer,
    /** Its folder or file. */
    readonly transformer: string,
    readonly precision: Precision,
    /** How the transformer's weights are quantised; undefined where they are not. */
    readonly quantization: QuantizationConfig | undefined,
    /** What was worked out of the transformer's files and may surprise. */
    readonly notes: readonly string[],
    readonly files: TransformerFilesOptions,
    readonly options: OpenOptions,
  ) {}

  /** Throws InputError if a part is missing, malformed or of a class that is not built. */
  static async open(
    source: string | FileSource,
    options: OpenOptions = {},
  ): Promise<PipelineSource> {
    const files = typeof source === "string" ? diskFiles(source) : source;
    checkName("Sampler", options.sampler, SAMPLERS);
    checkName("Text weights", options.textWeights, TEXT_WEIGHTS);
    checkName("Attention", options.attention, ATTENTION_PRECISIONS);
    const scheduler = options.sampler && SCHEDULERS[options.sampler];
    const index = await openPipelineFolder(files.root, files, scheduler);
    const schedule = await readSchedulerConfig(index, scheduler);
    const prompts = await openTokenizer(index, options.textTokens);
    const transformer = await transformerFolder(index, options);
    const filesOptions = {
      official: options.official,
      configFolder: join(index.folder, "transformer"),
      files,
    };
    using opened = await openTransformerFiles(transformer, filesOptions);
    const { config, where, notes } = opened;
    const network = declareTransformer(config, where);
    checkClass(index, "transformer", config["_class_name"], where);
    const codec = await openCodec(index, defaultSize(network));
    const quantised = isQuantised(config);
    const newScheduler = () =>
      schedulerFromConfig(
        samplerConfig(schedule, options.sampler),
        join(index.folder, "scheduler", "scheduler_config.json"),
      );
    newScheduler(); // throws for what is not built
    return new PipelineSource(
      index,
      readModelSettings(index, codec, schedule, options.sampler),
      prompts,
      codec,
      newScheduler,
      network,
      transformer,
      choosePrecision(options.precision, quantised, transformer),
      quantised ? parseQuantization(config, where) : undefined,
      notes,
      filesOptions,
      options,
    );
  }

  /** Throws InputError if the model cannot do what is asked. */
  check(texts: readonly string[], settings: SamplingSettings): void {
    latentLayout(this.codec, this.network.patch, settings.size);
    this.newScheduler().setTimesteps(settings.steps, settings);
    for (const text of texts) promptIds(this.prompts, text);
  }

  /** A size with the frames that the clip will have, and a note where they are others. Throws InputError for one that the model does not make. */
  madeSize(size: ClipSize): { size: ClipSize; note?: string } {
    const { codec, network } = this;
    const { frames, shape, extra } = latentLayout(codec, network.patch, size);
    if (frames === size.frames) return { size };
    return {
      size: { ...size, frames },
      note: `${size.frames} frames are ${
        shape[1] - extra
      } latent ones, of which the autoencoder makes ${frames}: so many the clip has`,
    };
  }

  /** Throws InputError, before weights are read, for clips that are too large for a GPU, some made side by side. */
  checkOn({ traits }: Gpu, settings: SamplingSettings, clips = 1): void {
    const shape = this.#call(settings, clips);
    checkActivations(this.network, shape, traits.maxBindingBytes);
  }

  /** Words of a prompt outside of a small vocabulary, and that vocabulary. */
  unknownWords(prompt: string): { words: string[]; known: string[] } {
    const { tokenizer } = this.prompts;
    const known = tokenizer.words(LISTABLE);
    if (known.length === 0) return { words: [], known };
    return { words: tokenizer.unknownWords(prompt), known };
  }

  /**
   * Reads the weights. Encodes `texts` first, so that text encoder and
   * transformer need not share the memory. Throws InputError, as open() does,
   * if they do not fit.
   */
  async load(
    gpu: Gpu,
    texts: readonly string[] = [],
    room?: MemoryForClips,
  ): Promise<LoadedPipeline> {
    const { index, prompts, codec, options } = this;
    this.checkFit(await textWidth(index));
    if (room) this.checkOn(gpu, room.settings, room.clips);
    const { textWeights: weights, textCache } = options;
    const folder = await partFolder(index, "text_encoder");
    const cache = textCache === undefined
      ? undefined
      : new PromptCache(textCache);
    const text = new PromptEncoder(gpu, {
      prompts,
      folder,
      files: index.files,
      weights,
      maxBytes: room?.bytes,
      cache,
    });
    if (texts.length > 0) await text.prepare(texts);
    const opened = await openTransformer(
      gpu,
      this.transformer,
      this.precision,
      {
        ...this.files,
        attention: options.attention,
        limit: room && this.#limit(room),
      },
    );
    const { transformer, quantised, weightBytes, streamedBlocks } = opened;
    const pipeline = new TextToVideo(gpu, {
      text,
      transformer,
      ...(quantised && { quantised }),
      codec,
      scheduler: this.newScheduler(),
      owned: opened,
    });
    return { pipeline, weightBytes, streamedBlocks };
  }

  /** What the transformer may take, and for what calls. */
  #limit({ bytes, settings, clips = 1 }: MemoryForClips): MemoryLimit {
    return { bytes, shape: this.#call(settings, clips) };
  }

  /** The calls that clips made side by side take. */
  #call({ size, guidance }: SamplingSettings, clips: number): CallShape {
    const { codec, network, prompts } = this;
    const latents = latentLayout(codec, network.patch, size).shape;
    const batch = clips * callsAStep(guidance);
    return { batch, latents, textRows: prompts.maxTokens };
  }

  /**
   * Parts that are well in themselves may come from different models: throws
   * InputError if the transformer does not fit the codec or the text encoder.
   */
  checkFit(textDim: number): void {
    const { network, codec, transformer } = this;
    const [channels] = codec.latentShape(codec.defaultSize);
    const complaints = [
      [network.channels, channels, "channels of latents", "the codec makes"],
      [network.textDim, textDim, "columns of text", "the text encoder makes"],
    ] as const;
    for (const [takes, gets, what, from] of complaints) {
      if (takes === gets) continue;
      throw new InputError(
        `${transformer} does not fit ${this.index.folder}: it takes ${takes} ${what}, ${from} ${gets}`,
      );
    }
  }
}

async function transformerFolder(
  index: ModelIndex,
  { transformer, precision }: OpenOptions,
): Promise<string> {
  if (transformer !== undefined) return transformer;
  const packed = join(index.folder, PACKED);
  const found = await index.files.stat(packed);
  const plain = precision === "f16" || precision === "f32";
  if (found?.kind === "folder" && !plain) return packed;
  return await partFolder(index, "transformer");
}

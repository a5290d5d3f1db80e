import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import type { Gpu } from "../gpu/device.ts";
import type { TextWeights } from "../infer/loaded_text_encoder.ts";
import { readSchedulerConfig, textWidth } from "../infer/pipeline_folder.ts";
import { PipelineSource } from "../infer/pipeline_source.ts";
import type { PromptCache } from "../infer/prompt_cache.ts";
import { Checkpoint } from "../io/checkpoint.ts";
import { readJsonObject } from "../io/json.ts";
import { partFolder, readModelIndex } from "../io/model_index.ts";
import { shareableParts, shareFiles } from "../io/share_folder.ts";
import { RenamedSource } from "../models/names/renamed.ts";
import { load } from "../models/weights/load.ts";
import { isQuantised } from "../models/packed/config.ts";
import { declareTransformer } from "../models/transformers.ts";
import type { VideoTransformer } from "../models/video_transformer.ts";
import { CaptionRows } from "./batches/caption_rows.ts";
import type { Counting } from "./batches/latent_plan.ts";
import { type NoiseLevels, noiseLevels } from "./batches/noise.ts";
import { initialiseStudent, type Student } from "./qvgen/student.ts";

/** The pipeline folder whose transformer is distilled. */
export class Teacher {
  private constructor(
    readonly source: PipelineSource,
    /** How its training samples are noised. */
    readonly levels: NoiseLevels,
  ) {}

  /** Reads and checks all but the large weights. Throws InputError. */
  static async open(folder: string): Promise<Teacher> {
    const index = await readModelIndex(folder);
    const transformer = await partFolder(index, "transformer");
    if (isQuantised(await readJsonObject(join(transformer, "config.json")))) {
      throw new InputError(
        `${transformer} is quantised already; accepted is a full-precision model`,
      );
    }
    await shareableParts(index, "transformer"); // found now, not after hours
    const source = await PipelineSource.open(folder, { precision: "f32" });
    const { prediction } = source.network;
    const levels = noiseLevels(prediction, await readSchedulerConfig(index));
    return new Teacher(source, levels);
  }

  /** Loads the transformer. Throws InputError if the weights do not fit. */
  async load(gpu: Gpu): Promise<VideoTransformer> {
    using weights = await Checkpoint.open(this.source.transformer);
    using onFailure = new DisposableStack();
    const transformer = onFailure.use(
      declareTransformer(this.source.network.json, weights.path),
    );
    await load(gpu, transformer, new RenamedSource(weights));
    onFailure.move();
    return transformer;
  }

  /** Fills a student from the transformer's weights. */
  async initialise(gpu: Gpu, student: Student): Promise<void> {
    using weights = await Checkpoint.open(this.source.transformer);
    await initialiseStudent(gpu, student, new RenamedSource(weights));
  }

  /** Throws InputError if the text encoder does not fit the transformer. */
  async checkText(): Promise<void> {
    const { source } = this;
    source.checkFit(await textWidth(source.index));
  }

  /** Encodes captions; the text encoder leaves the GPU afterwards. */
  async encode(
    gpu: Gpu,
    captions: Iterable<string>,
    options: {
      readonly weights?: TextWeights | undefined;
      readonly cache?: PromptCache | undefined;
    },
    onCaption: Counting,
  ): Promise<CaptionRows> {
    const { index, prompts } = this.source;
    const folder = await partFolder(index, "text_encoder");
    const { weights = "f32", cache } = options;
    const encoder = { prompts, folder, weights, cache };
    return await CaptionRows.encode(gpu, encoder, captions, onCaption);
  }

  /** Makes everything but the transformer part of another pipeline folder too, see `shareableFiles`. */
  async shareOthers(to: string): Promise<void> {
    const { index } = this.source;
    for (const [part, files] of await shareableParts(index, "transformer")) {
      await shareFiles(files, join(to, part));
    }
    // Last: without its index a folder is no pipeline.
    const name = "model_index.json";
    await Deno.copyFile(join(index.folder, name), join(to, name));
  }
}

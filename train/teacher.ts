import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import type { Gpu } from "../gpu/device.ts";
import { openPatchCodec } from "../infer/codec.ts";
import { LoadedTextEncoder } from "../infer/loaded_text_encoder.ts";
import { readSchedulerConfig, textWidth } from "../infer/pipeline_folder.ts";
import { PipelineSource } from "../infer/pipeline_source.ts";
import { Checkpoint } from "../io/checkpoint.ts";
import { readJsonObject } from "../io/json.ts";
import { partFolder, readModelIndex } from "../io/model_index.ts";
import { kindOf } from "../io/writable_folder.ts";
import { load } from "../models/load.ts";
import { isQuantised } from "../models/packed/config.ts";
import type { PatchCodec } from "../models/tiny/patch_codec.ts";
import { declareTransformer } from "../models/transformers.ts";
import type { VideoTransformer } from "../models/video_transformer.ts";
import { CaptionRows } from "./caption_rows.ts";
import { type NoiseLevels, noiseLevels } from "./noise.ts";
import { initialiseStudent, type Student } from "./student.ts";

/** Parts of a pipeline that training leaves as they are. */
const OTHER_PARTS = ["scheduler", "text_encoder", "tokenizer", "vae"];

/** The pipeline folder whose transformer is distilled. */
export class Teacher {
  private constructor(
    readonly source: PipelineSource,
    readonly codec: PatchCodec,
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
    const source = await PipelineSource.open(folder, { precision: "f32" });
    const codec = await openPatchCodec(await partFolder(index, "vae"));
    const { prediction } = source.network;
    const levels = noiseLevels(prediction, await readSchedulerConfig(index));
    return new Teacher(source, codec, levels);
  }

  /** Loads the transformer. Throws InputError if the weights do not fit. */
  async load(gpu: Gpu): Promise<VideoTransformer> {
    using weights = await Checkpoint.open(this.source.transformer);
    const transformer = declareTransformer(
      this.source.network.json,
      weights.path,
    );
    await load(gpu, transformer, weights);
    return transformer;
  }

  /** Fills a student from the transformer's weights. */
  async initialise(gpu: Gpu, student: Student): Promise<void> {
    using weights = await Checkpoint.open(this.source.transformer);
    await initialiseStudent(gpu, student, weights);
  }

  /** Encodes captions; the text encoder leaves the GPU afterwards. */
  async encode(gpu: Gpu, captions: Iterable<string>): Promise<CaptionRows> {
    const { source } = this;
    source.checkFit(await textWidth(source.index));
    const folder = await partFolder(source.index, "text_encoder");
    using encoder = await LoadedTextEncoder.open(gpu, folder);
    return await CaptionRows.encode(encoder, source.prompts, captions);
  }

  /** Words of captions that a small vocabulary lacks, and that vocabulary. */
  unknownWords(captions: readonly string[]) {
    return this.source.unknownWords(captions.join(" "));
  }

  /** Copies everything but the transformer into another pipeline folder. */
  async copyOthers(to: string): Promise<void> {
    const from = this.source.index.folder;
    for (const part of OTHER_PARTS) {
      await Deno.mkdir(join(to, part), { recursive: true });
      for await (const { name } of Deno.readDir(join(from, part))) {
        const file = join(from, part, name); // or a link to one, as in the hub's cache
        if (await kindOf(file) !== "file") continue;
        await Deno.copyFile(file, join(to, part, name));
      }
    }
    // Last: without its index a folder is no pipeline.
    const index = "model_index.json";
    await Deno.copyFile(join(from, index), join(to, index));
  }
}

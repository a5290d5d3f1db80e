import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { readJsonObject } from "../io/json.ts";
import {
  type ModelIndex,
  partFolder,
  readModelIndex,
} from "../io/model_index.ts";
import { readTokenizerFiles } from "../io/tokenizer_files.ts";
import { Checkpoint } from "../io/checkpoint.ts";
import type { Gpu } from "../gpu/device.ts";
import { load } from "../models/load.ts";
import type { Tokenizer } from "../models/text/tokenizer.ts";
import { tokenizerFromFiles } from "../models/text/tokenizer_files.ts";
import type { TextEncoder } from "../models/text/text_encoder.ts";
import {
  declareTextEncoder,
  isSecondName,
} from "../models/text/text_encoders.ts";

/** Classes this program builds, by part of a pipeline. */
const ACCEPTED: Readonly<Record<string, readonly string[]>> = {
  tokenizer: ["T5Tokenizer", "T5TokenizerFast", "WordTokenizer"],
  text_encoder: ["UMT5EncoderModel"],
  transformer: ["WanTransformer3DModel"],
  vae: ["PatchCodec"],
  scheduler: ["UniPCMultistepScheduler", "FlowMatchEulerDiscreteScheduler"],
};

/**
 * Reads a pipeline folder's index and checks, before anything large is read,
 * that every part is of a class this program builds. Throws InputError.
 */
export async function openPipelineFolder(folder: string): Promise<ModelIndex> {
  const index = await readModelIndex(folder);
  const where = join(folder, "model_index.json");
  if (index.className !== "WanPipeline") {
    throw new InputError(
      `${where} describes a ${index.className}, accepted is WanPipeline`,
    );
  }
  for (const [part, classes] of Object.entries(ACCEPTED)) {
    const found = index.parts.get(part);
    if (found === undefined || !classes.includes(found)) {
      throw new InputError(
        `${where} has ${found ?? "nothing"} as ${part}, accepted is ${
          classes.join(" or ")
        }`,
      );
    }
  }
  return index;
}

/** What turns prompts into tokens. */
export interface PromptTokenizer {
  /** Turns text into tokens. */
  readonly tokenizer: Tokenizer;
  /** Tokens a prompt may take, end token included. */
  readonly maxTokens: number;
}

/** Wan pads and cuts prompts at this many tokens. */
const WAN_TOKENS = 512;

export async function openTokenizer(
  index: ModelIndex,
): Promise<PromptTokenizer> {
  const folder = await partFolder(index, "tokenizer");
  const files = await readTokenizerFiles(folder);
  const config = files.has("tokenizer_config.json")
    ? await readJsonObject(join(folder, "tokenizer_config.json"))
    : {};
  const length = Number(config["model_max_length"] ?? WAN_TOKENS);
  return {
    tokenizer: tokenizerFromFiles(files, folder),
    maxTokens: Math.min(WAN_TOKENS, length),
  };
}

export async function openTextEncoder(
  gpu: Gpu,
  index: ModelIndex,
): Promise<TextEncoder> {
  const folder = await partFolder(index, "text_encoder");
  using checkpoint = await Checkpoint.open(folder);
  const where = join(folder, "config.json");
  const encoder = declareTextEncoder(checkpoint.config ?? {}, where);
  await load(gpu, encoder, checkpoint, { ignore: isSecondName });
  return encoder;
}

/** The scheduler's config object. */
export async function readSchedulerConfig(index: ModelIndex) {
  const folder = await partFolder(index, "scheduler");
  return await readJsonObject(join(folder, "scheduler_config.json"));
}

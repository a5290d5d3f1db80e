import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { cut, shown } from "../core/shown.ts";
import type { FileSource } from "../io/file_source.ts";
import { readJsonObject } from "../io/json.ts";
import {
  type ModelIndex,
  partFolder,
  readModelIndex,
} from "../io/model_index.ts";
import { readTokenizerFiles } from "../io/tokenizer_files.ts";
import type { T5Config } from "../models/text/t5_config.ts";
import { cleanPrompt } from "../models/text/prompt_clean.ts";
import type { Tokenizer } from "../models/text/tokenizer.ts";
import { tokenizerFromFiles } from "../models/text/tokenizer_files.ts";
import { declareTextEncoder } from "../models/text/text_encoders.ts";
import type { Padding } from "./text.ts";

/** What the pipelines that are built do with prompts, and the classes of their parts. */
interface PipelineClass {
  /** Tokens at which prompts are padded and must end. */
  readonly tokens: number;
  readonly padding: Padding;
  readonly clean: (text: string) => string;
  /** Classes that this program builds, by part. */
  readonly parts: Readonly<Record<string, readonly string[]>>;
}

const TOKENIZERS = ["T5Tokenizer", "T5TokenizerFast", "WordTokenizer"];

const PIPELINES: ReadonlyMap<string, PipelineClass> = new Map([
  ["WanPipeline", {
    tokens: 512,
    padding: "zero",
    clean: cleanPrompt,
    parts: {
      tokenizer: TOKENIZERS,
      text_encoder: ["UMT5EncoderModel"],
      transformer: ["WanTransformer3DModel"],
      vae: ["AutoencoderKLWan", "PatchCodec"],
      scheduler: ["UniPCMultistepScheduler", "FlowMatchEulerDiscreteScheduler"],
    },
  }],
  ["CogVideoXPipeline", {
    tokens: 226,
    padding: "attended",
    clean: (text: string) => text,
    parts: {
      tokenizer: TOKENIZERS,
      text_encoder: ["T5EncoderModel"],
      transformer: ["CogVideoXTransformer3DModel"],
      vae: ["AutoencoderKLCogVideoX", "PatchCodec"],
      scheduler: ["CogVideoXDDIMScheduler", "CogVideoXDPMScheduler"],
    },
  }],
]);

/**
 * Reads a pipeline folder's index and checks, before anything large is read,
 * that every part is of a class this program builds; a `scheduler` may take the
 * place of the folder's own. Throws InputError.
 */
export async function openPipelineFolder(
  folder: string,
  files?: FileSource,
  scheduler?: string,
): Promise<ModelIndex> {
  const index = await readModelIndex(folder, files);
  for (const [part, classes] of Object.entries(pipelineClass(index).parts)) {
    const own = index.parts.get(part);
    const isScheduler = part === "scheduler";
    const accepted = [own, isScheduler ? scheduler : undefined];
    if (!accepted.some((name) => name && classes.includes(name))) {
      throw new InputError(
        `${join(folder, "model_index.json")} has ${
          cut(own ?? "nothing")
        } as ${part}, accepted is ${classes.join(" or ")}${
          isScheduler ? "; another sampler may take its place" : ""
        }`,
      );
    }
  }
  if (index.parts.has("transformer_2") || index.settings["boundary_ratio"]) {
    throw new InputError(
      `${
        join(folder, "model_index.json")
      } describes a model with a second transformer for low noise, as Wan 2.2 has; accepted are models with one`,
    );
  }
  return index;
}

function pipelineClass({ folder, className }: ModelIndex): PipelineClass {
  const found = PIPELINES.get(className);
  if (found) return found;
  throw new InputError(
    `${join(folder, "model_index.json")} describes a ${
      cut(className)
    }, accepted is ${[...PIPELINES.keys()].join(" or ")}`,
  );
}

/** What turns prompts into tokens. */
export interface PromptTokenizer {
  /** Turns text into tokens. */
  readonly tokenizer: Tokenizer;
  /** Tokens of a prompt that are read, end token included; longer ones are cut. */
  readonly maxTokens: number;
  /** Rows of the text encoder's table of pieces: tokens of higher numbers have none. */
  readonly rows?: number;
  /** What becomes of the tokens that fill a prompt up. */
  readonly padding: Padding;
  /** What a prompt goes through before it is tokenised. */
  readonly clean: (text: string) => string;
}

/** The tokenizer of a folder; with `cutAt`, prompts are cut there. */
export async function openTokenizer(
  index: ModelIndex,
  cutAt?: number,
): Promise<PromptTokenizer> {
  const { tokens, padding, clean } = pipelineClass(index);
  const folder = await partFolder(index, "tokenizer");
  const files = await readTokenizerFiles(folder, index.files);
  const where = join(folder, "tokenizer_config.json");
  const config = files.has("tokenizer_config.json")
    ? await readJsonObject(where, index.files)
    : {};
  const length = config["model_max_length"] ?? tokens;
  if (typeof length !== "number" || !(length >= 2)) {
    throw new InputError(
      `${where}: model_max_length: found ${
        shown(length)
      }, accepted is a number of tokens from 2`,
    );
  }
  const { vocab_size: rows } = await textEncoderConfig(index);
  return {
    tokenizer: tokenizerFromFiles(files, folder),
    maxTokens: Math.min(cutAt ?? tokens, Math.floor(length)),
    rows,
    padding,
    clean,
  };
}

/** Columns of the text rows that the pipeline's encoder makes. */
export async function textWidth(index: ModelIndex): Promise<number> {
  return (await textEncoderConfig(index)).d_model;
}

async function textEncoderConfig(index: ModelIndex): Promise<T5Config> {
  const where = join(await partFolder(index, "text_encoder"), "config.json");
  const config = await readJsonObject(where, index.files);
  const encoder = declareTextEncoder(config, where);
  const [name] = config["architectures"] as string[];
  checkClass(index, "text_encoder", name, where);
  return encoder.config;
}

/** Throws InputError for a part of a class that is built, but for other pipelines. */
export function checkClass(
  index: ModelIndex,
  part: string,
  name: unknown,
  where: string,
): void {
  const accepted = pipelineClass(index).parts[part]!;
  if (accepted.includes(String(name))) return;
  throw new InputError(
    `${where} names the class ${
      shown(name)
    }, accepted in a ${index.className} is ${accepted.join(" or ")}`,
  );
}

/** The scheduler's config object; of any class where a `scheduler` takes its place. */
export async function readSchedulerConfig(
  index: ModelIndex,
  scheduler?: string,
) {
  const folder = await partFolder(index, "scheduler");
  const where = join(folder, "scheduler_config.json");
  const config = await readJsonObject(where, index.files);
  // What takes its place is refused by its own name, if it does not fit.
  if (!scheduler) checkClass(index, "scheduler", config["_class_name"], where);
  return config;
}

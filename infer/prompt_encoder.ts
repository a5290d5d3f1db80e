import type { Gpu } from "../gpu/device.ts";
import type { FileSource } from "../io/file_source.ts";
import { LoadedTextEncoder, type TextWeights } from "./loaded_text_encoder.ts";
import type { PromptTokenizer } from "./pipeline_folder.ts";
import { promptIds } from "./prompt.ts";
import { folderIdentity, type PromptCache } from "./prompt_cache.ts";

/** Text rows [tokens, dim] of one prompt. */
export type PromptRows = Float32Array<ArrayBuffer>;

/** Prompts that the encoder is given at once, so that many take no more memory than some. */
const TOGETHER = 16;

/** What makes rows of prompts. */
export interface PromptEncoderParts {
  /** Prompts to tokens. */
  readonly prompts: PromptTokenizer;
  /** Folder of the text encoder. */
  readonly folder: string;
  /** What the folder is read from; by default this machine's disk. */
  readonly files?: FileSource | undefined;
  /** In what form its linears are held while it is on the GPU; default f32. */
  readonly weights?: TextWeights | undefined;
  /** Weights of more bytes are streamed from the folder; none are by default. */
  readonly maxBytes?: number | undefined;
  /** Rows made before. */
  readonly cache?: PromptCache | undefined;
}

/**
 * Text rows of prompts. The encoder, often the largest part of a pipeline, is on
 * the GPU only while it works, and not at all for prompts whose rows are known.
 */
export class PromptEncoder {
  readonly #prepared = new Map<string, PromptRows>();

  /** Reads nothing yet. */
  constructor(readonly gpu: Gpu, readonly parts: PromptEncoderParts) {}

  /** Text rows of a prompt. */
  get tokens(): number {
    return this.parts.prompts.maxTokens;
  }

  /** Makes rows that `encode` is to be asked for, so that the encoder need not come again. */
  async prepare(texts: readonly string[]): Promise<void> {
    const rows = await this.encode(texts);
    texts.forEach((text, i) => this.#prepared.set(text, rows[i]!));
  }

  /** The rows of prompts; the encoder comes once for those that are not known. InputError for a prompt that is too long. */
  async encode(texts: readonly string[]): Promise<PromptRows[]> {
    const { gpu, parts } = this;
    const { prompts, folder, weights = "f32", maxBytes } = parts;
    const { cache, files } = parts;
    const ids = texts.map((text) => promptIds(prompts, text));
    const { maxTokens: length, padding } = prompts;
    const encoder = cache && await folderIdentity(folder, files);
    const source = (i: number) => ({
      encoder,
      weights,
      length,
      padding,
      ids: ids[i],
    });
    const rows = await Promise.all(
      texts.map(async (text, i) =>
        this.#prepared.get(text) ?? (await cache?.read(source(i)))?.data
      ),
    );
    const missing = [...texts.keys()].filter((i) => !rows[i]);
    if (missing.length > 0) {
      using loaded = await LoadedTextEncoder.open(
        gpu,
        folder,
        weights,
        maxBytes,
        files,
      );
      for (let at = 0; at < missing.length; at += TOGETHER) {
        const some = missing.slice(at, at + TOGETHER);
        const given = some.map((i) => ids[i]!);
        const made = await loaded.encode(given, length, padding);
        const size = length * made.dim;
        for (const [k, i] of some.entries()) {
          const data = made.data.slice(k * size, (k + 1) * size);
          rows[i] = data;
          await cache?.write(source(i), { length, dim: made.dim, data });
        }
      }
    }
    return rows.map((row) => row!);
  }
}

import { ByteCache } from "../../core/byte_cache.ts";
import type { Gpu } from "../../gpu/device.ts";
import {
  LoadedTextEncoder,
  type TextWeights,
} from "../../infer/loaded_text_encoder.ts";
import type { PromptTokenizer } from "../../infer/pipeline_folder.ts";
import { promptIds } from "../../infer/prompt.ts";
import { folderIdentity, type PromptCache } from "../../infer/prompt_cache.ts";

/** Captions encoded in one call of the encoder: all at once, or where rows are kept on disk, large ones. */
const CHUNK = { inMemory: 256, onDisk: 8 };
/** Bytes of rows from the disk that are kept in memory as well. */
const MEMORY_BYTES = 2 ** 29;

/** What rows are made with. */
export interface CaptionEncoder {
  readonly prompts: PromptTokenizer;
  /** Folder of the text encoder. */
  readonly folder: string;
  readonly weights: TextWeights;
  /** Keeps rows between runs, and those that memory has no room for. */
  readonly cache?: PromptCache | undefined;
}

interface Rows {
  readonly data: Float32Array<ArrayBuffer>;
}

/**
 * Text rows [M, D] of every caption of a data set, encoded once: the text
 * encoder is frozen in distillation. It is on the GPU only while it works.
 */
export class CaptionRows {
  readonly #memory: ByteCache<Rows>;
  #identity: unknown;
  #dim = 0;

  private constructor(readonly encoder: CaptionEncoder) {
    this.#memory = new ByteCache(encoder.cache ? MEMORY_BYTES : Infinity);
  }

  /**
   * Encodes the distinct captions, and the empty one that caption dropout uses.
   * `onCaption` is told, before the first and after every few, how many of those
   * that were missing are done; it may throw to stop.
   */
  static async encode(
    gpu: Gpu,
    encoder: CaptionEncoder,
    captions: Iterable<string>,
    onCaption: (done: number, missing: number) => void = () => {},
  ): Promise<CaptionRows> {
    const rows = new CaptionRows(encoder);
    const { folder, weights, prompts, cache } = encoder;
    const { length } = rows;
    if (cache) rows.#identity = await folderIdentity(folder);
    const missing: string[] = [];
    for (const text of new Set(["", ...captions])) {
      if (!await rows.#find(text)) missing.push(text);
    }
    if (missing.length === 0) return rows;
    onCaption(0, missing.length);
    using loaded = await LoadedTextEncoder.open(gpu, folder, weights);
    const chunk = cache ? CHUNK.onDisk : CHUNK.inMemory;
    for (let at = 0; at < missing.length; at += chunk) {
      const part = missing.slice(at, at + chunk);
      const ids = part.map((text) => promptIds(prompts, text, "A caption"));
      const { data, dim } = await loaded.encode(ids, length, prompts.padding);
      rows.#dim = dim;
      for (const [i, text] of part.entries()) {
        const own = data.slice(i * length * dim, (i + 1) * length * dim);
        rows.#memory.set(text, { data: own });
        await cache?.write(rows.#source(text), { length, dim, data: own });
      }
      onCaption(at + part.length, missing.length);
    }
    return rows;
  }

  /** Text rows of a caption, M. */
  get length(): number {
    return this.encoder.prompts.maxTokens;
  }

  /** The rows of a batch of captions, [B, M, D]. */
  async batch(captions: readonly string[]): Promise<Float32Array<ArrayBuffer>> {
    const each = this.length * this.#dim;
    const data = new Float32Array(captions.length * each);
    for (const [i, text] of captions.entries()) {
      const rows = await this.#find(text);
      if (!rows) {
        throw new Error(`Text rows of ${JSON.stringify(text)} are not there`);
      }
      data.set(rows.data, i * each);
    }
    return data;
  }

  async #find(text: string): Promise<Rows | undefined> {
    const known = this.#memory.get(text);
    if (known) return known;
    const stored = await this.encoder.cache?.read(this.#source(text));
    if (stored?.length !== this.length) return undefined;
    this.#dim = stored.dim;
    this.#memory.set(text, stored);
    return stored;
  }

  #source(text: string): unknown {
    const { prompts, weights } = this.encoder;
    const ids = promptIds(prompts, text, "A caption");
    return {
      encoder: this.#identity,
      weights,
      length: this.length,
      padding: prompts.padding,
      ids,
    };
  }
}

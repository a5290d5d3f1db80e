import type { LoadedTextEncoder } from "../infer/loaded_text_encoder.ts";
import type { PromptTokenizer } from "../infer/pipeline_folder.ts";
import { promptIds } from "../infer/prompt.ts";

/** Captions encoded together; one call of the encoder each. */
const CHUNK = 256;

/**
 * Text rows [M, D] of every caption of a data set, encoded once: the text
 * encoder is frozen in distillation.
 */
export class CaptionRows {
  private constructor(
    readonly length: number,
    readonly dim: number,
    readonly rows: ReadonlyMap<string, Float32Array>,
  ) {}

  /** Encodes the distinct captions, and the empty one that caption dropout uses. */
  static async encode(
    encoder: LoadedTextEncoder,
    prompts: PromptTokenizer,
    captions: Iterable<string>,
  ): Promise<CaptionRows> {
    const distinct = [...new Set(["", ...captions])];
    const { maxTokens: length, padding } = prompts;
    const { dim } = encoder;
    const rows = new Map<string, Float32Array>();
    for (let at = 0; at < distinct.length; at += CHUNK) {
      const part = distinct.slice(at, at + CHUNK);
      const ids = part.map((text) => promptIds(prompts, text, "A caption"));
      const { data } = await encoder.encode(ids, length, padding);
      part.forEach((text, i) => {
        rows.set(text, data.slice(i * length * dim, (i + 1) * length * dim));
      });
    }
    return new CaptionRows(length, dim, rows);
  }

  /** The rows of a batch of captions, [B, M, D]. */
  batch(captions: readonly string[]): Float32Array<ArrayBuffer> {
    const each = this.length * this.dim;
    const data = new Float32Array(captions.length * each);
    captions.forEach((text, i) => {
      const rows = this.rows.get(text);
      if (!rows) throw new RangeError(`Caption ${text} was never encoded`);
      data.set(rows, i * each);
    });
    return data;
  }
}

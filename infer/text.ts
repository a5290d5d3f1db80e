import { pinned } from "../autograd/tensor.ts";
import { InputError } from "../core/errors.ts";
import { firstBeyond } from "../core/first_beyond.ts";
import type { Gpu } from "../gpu/device.ts";
import { relativeBuckets } from "../models/text/relative_buckets.ts";
import type { TextEncoder } from "../models/text/text_encoder.ts";

/** Rows of a text encoder for several prompts: data is [prompts, length, dim]. */
export interface TextRows {
  readonly prompts: number;
  readonly length: number;
  readonly dim: number;
  readonly data: Float32Array<ArrayBuffer>;
}

/** Rows of every text encoder are about 1. */
const LARGEST = 1e4;

/** Throws InputError, which begins with `what`, for rows that are not finite or absurdly large. */
export function checkRows(rows: Float32Array, what: string): void {
  const index = firstBeyond(rows, LARGEST);
  if (index < 0) return;
  throw new InputError(
    `${what} the value ${
      rows[index]
    } in a row of text, accepted are finite ones up to ${LARGEST}`,
  );
}

/** What becomes of the tokens with which prompts are filled up. */
export type Padding = "zero" | "attended";

/** Input tensors of an encoder call; buckets are filled in. */
export function encoderInputs(
  gpu: Gpu,
  { config }: TextEncoder,
  prompts: number,
  length: number,
) {
  const table = relativeBuckets(
    length,
    config.relative_attention_num_buckets,
    config.relative_attention_max_distance,
  );
  return {
    ids: pinned([prompts, length], "u32"),
    keyMask: pinned([prompts, length]),
    buckets: pinned([length, length], "u32").write(gpu, table),
  };
}

/** Fills ids and mask of an encoder call; short prompts are padded with 0. */
export function writeIds(
  gpu: Gpu,
  { ids, keyMask }: Pick<ReturnType<typeof encoderInputs>, "ids" | "keyMask">,
  prompts: readonly (readonly number[])[],
): void {
  const length = ids.dim(1);
  const words = new Uint32Array(ids.size);
  const mask = new Float32Array(ids.size);
  prompts.forEach((row, i) => {
    words.set(row, i * length);
    mask.fill(1, i * length, i * length + row.length);
  });
  ids.write(gpu, words);
  keyMask.write(gpu, mask);
}

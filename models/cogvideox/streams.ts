import { checkpoint } from "../../autograd/checkpoint.ts";
import { concat, slice } from "../../autograd/slices.ts";
import type { Tensor } from "../../autograd/tensor.ts";

/** Text and video tokens of a call, [B, M, D] and [B, L, D]. */
export interface Streams {
  readonly text: Tensor;
  readonly video: Tensor;
}

/** All tokens in one, text first: [B, M + L, D]. */
export function join({ text, video }: Streams): Tensor {
  return concat([text, video], 1);
}

/** The streams of joined tokens whose first `rows` are text. */
export function split(x: Tensor, rows: number): Streams {
  return {
    text: slice(x, [[], [0, rows], []]),
    video: slice(x, [[], [rows], []]),
  };
}

/** f(x) by `checkpoint()`, which takes and gives one tensor. */
export function checkpointed(
  f: (x: Streams) => Streams,
  x: Streams,
): Streams {
  const rows = x.text.dim(1);
  return split(checkpoint((x) => join(f(split(x, rows))), [join(x)]), rows);
}

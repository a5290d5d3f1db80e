import { InputError } from "../../core/errors.ts";
import { Linear } from "../../models/linears/linear.ts";
import { modulesOf } from "../../models/module.ts";
import { declareTransformer } from "../../models/transformers.ts";
import type {
  CallShape,
  VideoTransformer,
} from "../../models/video_transformer.ts";
import { linearRows, type Tokens } from "./flops.ts";

/** A linear with the rows that it gets in a call. */
export interface CalledLinear {
  /** Rows of the whole batch. */
  readonly rows: number;
  /** Columns that it takes. */
  readonly inputs: number;
  /** Columns that it makes. */
  readonly outputs: number;
}

/** Rows of video and text of one sample of a call. */
export function tokensOf(
  { patch }: VideoTransformer,
  { latents: [, t, h, w], textRows }: CallShape,
): Tokens {
  const [pt, ph, pw] = patch;
  return { video: t * h * w / (pt * ph * pw), text: textRows };
}

/** The linears of a network that is not quantised, with the rows of a whole batch. */
export function calledLinears(
  network: VideoTransformer,
  shape: CallShape,
): CalledLinear[] {
  const rowsOf = linearRows(network, tokensOf(network, shape));
  return [...modulesOf(Linear, network)].map((
    [path, { inputs, outputs }],
  ) => ({ rows: shape.batch * rowsOf(path), inputs, outputs }));
}

/** Bytes of the largest activation of a call: what a linear takes or makes, or the latents. */
export function widestActivation(
  network: VideoTransformer,
  shape: CallShape,
): number {
  // Quantised linears no longer have the sizes.
  const plain = declareTransformer(network.json, "The transformer");
  const sizes = calledLinears(plain, shape)
    .map(({ rows, inputs, outputs }) => rows * Math.max(inputs, outputs));
  const latents = shape.latents.reduce((a, b) => a * b, shape.batch);
  return 4 * Math.max(latents, ...sizes);
}

/** Throws InputError, before anything is recorded, for calls that make a tensor of more than `most` bytes, which no binding of the adapter covers. */
export function checkActivations(
  network: VideoTransformer,
  shape: CallShape,
  most: number,
): void {
  const widest = widestActivation(network, shape);
  if (widest <= most) return;
  throw new InputError(
    `Cannot make clips of this size on this adapter: they take tensors of ${widest} bytes, it binds at most ${most}; take fewer frames or pixels`,
  );
}

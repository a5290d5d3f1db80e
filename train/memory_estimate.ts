import { InputError } from "../core/errors.ts";
import {
  calledLinears,
  tokensOf,
  widestActivation,
} from "../infer/estimate/activations.ts";
import { callFlops } from "../infer/estimate/flops.ts";
import { type Parameter, parameters } from "../models/module.ts";
import type {
  CallShape,
  VideoTransformer,
} from "../models/video_transformer.ts";

/** Bytes on the GPU that a run takes from its first step on. */
export interface TrainMemory {
  /** Weights of the teacher. */
  readonly teacher: number;
  /** What is trained, its gradients and both moments. */
  readonly student: number;
  /** Activations of a step; within some tens of percent. */
  readonly activations: number;
  /** The same with gradient checkpointing. */
  readonly checkpointed: number;
}

/** Values, gradients, and the two moments of AdamW. */
const COPIES = 4;

/** Estimates a run from networks that hold no values yet. */
export function trainMemory(
  teacher: VideoTransformer,
  student: VideoTransformer,
  shape: CallShape,
): TrainMemory {
  return {
    teacher: bytesOf(teacher),
    student: COPIES * bytesOf(student),
    activations: activationBytes(teacher, shape, false),
    checkpointed: activationBytes(teacher, shape, true),
  };
}

/** Throws InputError for a network with a weight, or a batch with a tensor, that no binding of the adapter covers. */
export function checkBindings(
  network: VideoTransformer,
  shape: CallShape,
  most: number,
): void {
  for (const [name, { storage: { bytes } }] of parameters(network)) {
    if (bytes <= most) continue;
    throw new InputError(
      `Cannot train on this adapter: ${name} has ${bytes} bytes, it binds at most ${most}`,
    );
  }
  const widest = widestActivation(network, shape);
  if (widest <= most) return;
  throw new InputError(
    `Cannot train on this adapter: a batch of ${shape.batch} makes tensors of ${widest} bytes, it binds at most ${most}; take fewer clips a step, or fewer frames or pixels`,
  );
}

/** Bytes of the activations of one step, teacher's call included. */
export function activationBytes(
  network: VideoTransformer,
  shape: CallShape,
  checkpointing: boolean,
): number {
  const { json } = network;
  const tokens = tokensOf(network, shape);
  const call = shape.batch * callFlops(network, tokens).activationBytes;
  // For the backward pass: inputs of linears, as they come and quantised, and
  // what is made of their outputs.
  const kept = calledLinears(network, shape).reduce(
    (sum, { rows, inputs, outputs }) => sum + 4 * rows * 2 * (inputs + outputs),
    0,
  );
  if (!checkpointing) return kept + 2 * call;
  // The inputs of every block, and all that one of them computes again.
  const blocks = Number(json["num_layers"]);
  const width = Number(json["num_attention_heads"]) *
    Number(json["attention_head_dim"]);
  const rows = shape.batch * (tokens.video + tokens.text);
  return 4 * blocks * rows * width + kept / blocks + 2 * call;
}

function bytesOf(network: VideoTransformer): number {
  const seen = new Set<Parameter>(parameters(network).map(([, p]) => p));
  return [...seen].reduce((sum, { storage }) => sum + storage.bytes, 0);
}

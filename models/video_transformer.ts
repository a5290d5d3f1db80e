import type { AttentionPrecision } from "../autograd/attention.ts";
import type { Tensor } from "../autograd/tensor.ts";
import type { JsonObject } from "../core/json.ts";
import type { Gpu } from "../gpu/device.ts";
import { Module } from "./module.ts";

/** Sees intermediate values by name, for checks against the reference. */
export type Observer = (name: string, value: Tensor) => void;

/** Rotary tables [tokens, headDim], each value twice, as pairs are interleaved. */
export interface RopeTables {
  /** cos of the angles. */
  readonly cos: Tensor;
  /** sin of the angles. */
  readonly sin: Tensor;
}

/** Sizes of one call: how many samples, their latents, their text rows. */
export interface CallShape {
  /** Samples of the call. */
  readonly batch: number;
  /** [C, T, H, W] of one sample. */
  readonly latents: readonly [number, number, number, number];
  /** Text rows of one sample. */
  readonly textRows: number;
}

/** Inputs of one call of a video transformer, all tensors; a class may add tables. */
export interface CallInputs {
  /** Noisy latents [B, C, T, H, W]. */
  readonly latents: Tensor;
  /** Sinusoidal embedding of the timesteps [B, D], see `timeEmbedding()`. */
  readonly time: Tensor;
  /** Text encoder's rows [B, M, textDim]. */
  readonly text: Tensor;
}

/**
 * What a network predicts of x_t: the velocity of `flow` is eps - x0 on the
 * straight path from data to noise; that of `v` is sqrt(abar) eps -
 * sqrt(1 - abar) x0 on the path that keeps the variance.
 */
export type Prediction = "flow" | "v";

/**
 * A network that predicts the velocity of noisy latents from timestep and text.
 * Latents are [B, C, T, H, W] for every class. Subclasses carry diffusers'
 * parameter names in their fields.
 */
export abstract class VideoTransformer extends Module {
  /**
   * Whether plans recorded from here on keep the blocks' inputs alone for the
   * backward pass, which computes the rest again: see `checkpoint()`.
   */
  checkpointing = false;

  /** How exactly plans recorded from here on attend; only f32 has gradients. */
  attentionPrecision: AttentionPrecision = "f32";

  /** What its config.json holds, class name included. */
  abstract get json(): JsonObject;

  /** Size of a patch in frames, rows and columns of the latents. */
  abstract get patch(): readonly [
    frames: number,
    rows: number,
    columns: number,
  ];

  /** Channels of the latents that it takes. */
  abstract get channels(): number;

  /** Width of the text rows that it takes. */
  abstract get textDim(): number;

  /** What it was trained to predict. */
  abstract get prediction(): Prediction;

  /** Calls in which its authors ask for both predictions of a guided step: range rules count them. */
  abstract get guidedCalls(): 1 | 2;

  /** Pinned tensors for calls of this shape; tables that follow from it are filled in. */
  abstract inputs(gpu: Gpu, shape: CallShape): CallInputs;

  /** Timesteps [B] as the network takes them, row by row. */
  abstract timeEmbedding(
    timesteps: ArrayLike<number>,
  ): Float32Array<ArrayBuffer>;

  /** The velocity, of the latents' shape with the channels of the prediction. */
  abstract forward(inputs: CallInputs, observe?: Observer): Tensor;

  /** The token grid of latents [B, C, T, H, W]; RangeError if they do not divide into patches. */
  grid(latents: readonly number[]): [t: number, h: number, w: number] {
    const { patch, channels } = this;
    const [, c, ...size] = latents;
    if (
      latents.length !== 5 || c !== channels ||
      size.some((n, i) => n % patch[i]! !== 0)
    ) {
      throw new RangeError(
        `Cannot denoise latents [${latents}]: takes [B,${channels},T,H,W] in patches of ${patch}`,
      );
    }
    return size.map((n, i) => n / patch[i]!) as [number, number, number];
  }
}

/** The tensors of a call, tables included, for giving their memory back. */
export function inputTensors(inputs: CallInputs): Tensor[] {
  return Object.values({ ...inputs });
}

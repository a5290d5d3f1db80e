import { pinned, type Tensor } from "../../autograd/tensor.ts";
import type { Gpu } from "../../gpu/device.ts";
import { wanRopeTable } from "../rope_table.ts";
import { timestepEmbedding } from "../timestep_embedding.ts";
import type { WanConfig } from "./config.ts";
import type { WanInputs, WanTransformer3DModel } from "./transformer.ts";

/** Sizes of one call: how many samples, their latents, their text rows. */
export interface WanCallShape {
  /** Samples of the call. */
  readonly batch: number;
  /** [C, T, H, W] of one sample. */
  readonly latents: readonly [number, number, number, number];
  /** Text rows of one sample. */
  readonly textRows: number;
}

/** Pinned tensors for a call of this shape; the rotary tables are filled in. */
export function wanInputs(
  gpu: Gpu,
  transformer: WanTransformer3DModel,
  { batch, latents, textRows }: WanCallShape,
): WanInputs {
  const { attention_head_dim: headDim, freq_dim, text_dim } =
    transformer.config;
  const grid = transformer.grid([batch, ...latents]);
  const tokens = grid[0] * grid[1] * grid[2];
  const tables = wanRopeTable(headDim, ...grid);
  return {
    latents: pinned([batch, ...latents]),
    time: pinned([batch, freq_dim]),
    text: pinned([batch, textRows, text_dim]),
    rope: {
      cos: pinned([tokens, headDim]).write(gpu, tables.cos),
      sin: pinned([tokens, headDim]).write(gpu, tables.sin),
    },
  };
}

/** The sinusoidal embedding of timesteps [B], as the transformer takes it: [B, freq_dim]. */
export function wanTimeEmbedding(
  { freq_dim }: Pick<WanConfig, "freq_dim">,
  timesteps: ArrayLike<number>,
): Float32Array<ArrayBuffer> {
  return timestepEmbedding(timesteps, {
    dim: freq_dim,
    flipSinToCos: true,
    downscaleFreqShift: 0,
  });
}

/** The tensors of a call, for giving their memory back. */
export function inputTensors({ rope, ...inputs }: WanInputs): Tensor[] {
  return [...Object.values(inputs), rope.cos, rope.sin];
}

import type { Tensor } from "../../autograd/tensor.ts";
import type { Chunk } from "./frame_cache.ts";

/** A video autoencoder that works on clips chunk by chunk; frames are [1, T, H, W, C]. */
export interface VideoAutoencoder {
  /** Channels of the latents. */
  readonly latentChannels: number;
  /** Frames that a latent frame covers (the first covers one), and pixels along a side. */
  readonly strides: { readonly time: number; readonly space: number };
  /** Whether decoded pixels are cut to [-1, 1]. */
  readonly clamps: boolean;
  /** The frames before a clip. */
  readonly before: "zeros" | "first frame";
  /** What is taken from each channel of a latent before it is scaled for the transformer. */
  readonly mean: readonly number[];
  /** What each channel is then multiplied by. */
  readonly scale: readonly number[];
  /** The tiles that large frames are cut into. */
  readonly tiling: Tiling;
  /** Bytes that the largest tensor on the way has for each place of a latent frame. */
  readonly largestBytes: number;
  /** How many frames each chunk of a clip has on its way in. */
  encodeChunks(frames: number): number[];
  /** How many latent frames each chunk has on its way out. */
  decodeChunks(latents: number): number[];
  /** How many frames so many latent frames become. */
  decodedFrames(latents: number): number;
  /** While recording: pixels [1, F, H, W, 3] to the moments [1, t, h, w, 2 C]: means, then log-variances. */
  encode(pixels: Tensor, chunk: Chunk): Tensor;
  /** While recording: latents [1, t, h, w, C] to pixels [1, F, H, W, 3], not cut to [-1, 1] yet. */
  decode(latents: Tensor, chunk: Chunk): Tensor;
}

/** Tiles of latents, rows and columns; neighbours overlap by tile less step, and are blended there. */
export interface Tiling {
  /** Size of a tile. */
  readonly tile: readonly [rows: number, columns: number];
  /** Distance from one tile to the next. */
  readonly step: readonly [rows: number, columns: number];
}

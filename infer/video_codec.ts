import type { ClipSize } from "../core/clip_size.ts";
import type { Gpu } from "../gpu/device.ts";
import type { ClipShape } from "../io/video/clip.ts";
import type { HostClip } from "../models/vae/clip.ts";

/** What turns latents into pixels. */
export interface VideoCodec {
  /** The default size and speed of a clip. */
  readonly defaultSize: ClipShape;
  /** Frames that the first latent frame covers. */
  readonly firstFrames: number;
  /** Whether decoding takes memory of the GPU. */
  readonly onGpu: boolean;
  /** [C, T, H, W] of the latents of a clip; InputError for a size without. */
  latentShape(size: ClipSize): [number, number, number, number];
  /** How many frames so many latent frames become. */
  decodedFrames(latents: number): number;
  /** Latents [C, T, H, W] to f32 [3, n, H, W] in about [-1, 1], some frames at a time. */
  decode(
    gpu: Gpu,
    latents: Float32Array,
    size: ClipSize,
  ): AsyncIterable<HostClip>;
}

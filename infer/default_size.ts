import type { ClipShape } from "../io/video/clip.ts";
import { CogVideoXTransformer3DModel } from "../models/cogvideox/transformer.ts";
import type { VideoTransformer } from "../models/video_transformer.ts";

/** Pixels to a latent along each side, in every published autoencoder. */
const SPACE = 8;

/**
 * The clips that a transformer's authors make when nobody asks for another
 * size. CogVideoX before 1.5 names it in its config; Wan and CogVideoX 1.5, which
 * take many sizes, do not.
 */
export function defaultSize(network: VideoTransformer): ClipShape {
  if (!(network instanceof CogVideoXTransformer3DModel)) {
    return { frames: 81, height: 480, width: 832, fps: 16 };
  }
  const { patch_size_t, sample_frames, sample_height, sample_width } =
    network.config;
  if (patch_size_t != null) {
    return { frames: 81, height: 768, width: 1360, fps: 16 };
  }
  return {
    frames: sample_frames,
    height: SPACE * sample_height,
    width: SPACE * sample_width,
    fps: 8,
  };
}

import type { ClipSize } from "../core/clip_size.ts";
import { clipFromPlanar, type Picture, pictureAt } from "../io/video/clip.ts";
import { cutClip } from "../models/vae/clip.ts";
import { latentLayout } from "./clip_size.ts";
import type { SampledStep } from "./sample.ts";
import type { TextToVideo } from "./text_to_video.ts";

/**
 * The first frame of the clip that a step is on its way to. Only the first
 * latent frame is decoded: far less work than a step, and than the whole clip.
 */
export async function previewFrame(
  { gpu, parts: { codec, transformer } }: TextToVideo,
  step: SampledStep,
  size: ClipSize,
): Promise<Picture> {
  const { shape, extra } = latentLayout(codec, transformer.patch, size);
  const clean = { shape, data: step.clean() };
  const first = cutClip(clean, [extra, extra + 1]).data;
  const frames = codec.firstFrames;
  for await (const part of codec.decode(gpu, first, { ...size, frames })) {
    const [, count, height, width] = part.shape;
    const clip = { frames: count, height, width, fps: 1 };
    return pictureAt(clipFromPlanar(part.data, clip), 0);
  }
  throw new Error("The codec made no frames");
}

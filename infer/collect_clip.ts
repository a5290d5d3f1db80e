import { type Clip, clipFromPlanar, type ClipShape } from "../io/video/clip.ts";
import type { HostClip } from "../models/vae/clip.ts";

/** Frames in 8 bits, chunk by chunk as a codec makes them. */
export async function* clipParts(
  chunks: AsyncIterable<HostClip>,
  fps: number,
): AsyncGenerator<Clip> {
  for await (const { shape: [, frames, height, width], data } of chunks) {
    yield clipFromPlanar(data, { frames, height, width, fps });
  }
}

/** A whole clip in 8 bits: floats are held of one chunk at a time. */
export async function collectClip(
  chunks: AsyncIterable<HostClip>,
  shape: ClipShape,
): Promise<Clip> {
  const { frames, height, width, fps } = shape;
  const data = new Uint8Array(3 * frames * height * width);
  let at = 0;
  for await (const part of clipParts(chunks, fps)) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { ...shape, data };
}

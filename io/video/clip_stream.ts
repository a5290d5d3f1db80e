import { type Clip, type ClipShape, type Picture, pictureAt } from "./clip.ts";
import { enlargeClip } from "./resize.ts";

/** A video that comes some frames at a time, so that it need not be in memory whole. */
export interface ClipStream extends ClipShape {
  /** Its frames in order, in clips of its size and speed; may be asked for again. */
  parts(): AsyncIterable<Clip>;
}

/** A clip that is all there as one that comes. */
export function streamOf(clip: Clip | ClipStream): ClipStream {
  if ("parts" in clip) return clip;
  return {
    ...clip,
    async *parts() {
      yield clip;
    },
  };
}

/** The whole clip. */
export async function collectClip(stream: ClipStream): Promise<Clip> {
  const { frames, height, width, fps } = stream;
  const data = new Uint8Array(3 * frames * height * width);
  let at = 0;
  for await (const part of stream.parts()) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { frames, height, width, fps, data };
}

/** As enlargeClip(), for a clip that comes. */
export function enlargeStream(
  stream: ClipStream,
  factor: number,
  even = false,
): ClipStream {
  const round = (side: number) => even ? side + side % 2 : side;
  return {
    ...stream,
    height: round(stream.height * factor),
    width: round(stream.width * factor),
    async *parts() {
      for await (const part of stream.parts()) {
        yield enlargeClip(part, factor, even);
      }
    },
  };
}

/** The pictures of a clip one by one. */
export async function* picturesOf(
  stream: ClipStream,
): AsyncGenerator<Picture> {
  for await (const part of stream.parts()) {
    for (let f = 0; f < part.frames; f++) yield pictureAt(part, f);
  }
}

import type { ClipSize } from "../../core/clip_size.ts";
import type { ListedClips } from "./clip_source.ts";
import { proceduralClip, proceduralScene } from "./procedural.ts";

/** Reads frames of a clip as f32 [3, count, H, W] in [-1, 1]; may be asked for the same ones again. */
export type ReadFrames = (
  start: number,
  count: number,
) => Float32Array<ArrayBuffer>;

/** Captioned clips of one size, with random access. */
export interface ClipSet extends ListedClips {
  /** How many there are. */
  readonly count: number;
  /** What a clip shows, in words. */
  captionOf(clip: number): string;
  /** What tells a clip's frames from those of any other, size included; can be written as JSON. */
  identityOf(clip: number): Promise<unknown>;
  /** The frames of a clip. */
  open(clip: number): Promise<ReadFrames>;
}

/** How many clips are rendered where each is to be encoded once. */
export const RENDERED_CLIPS = 256;

/**
 * The first rendered clips of a seed. Throws InputError when the sides are too
 * small to hold a moving shape.
 */
export function renderedSet(
  seed: number,
  { frames, height, width }: ClipSize,
  count: number = RENDERED_CLIPS,
): ClipSet {
  const size = { frames, height, width };
  const captions = Array.from(
    { length: count },
    (_, clip) => proceduralScene(seed, clip, size).caption,
  );
  return {
    count,
    captionOf: (clip) => captions[clip]!,
    identityOf: (clip) => Promise.resolve({ rendered: [seed, clip], ...size }),
    open(clip) {
      const { video } = proceduralClip(seed, clip, size);
      return Promise.resolve((start, frames) => {
        const pixels = height * width;
        const part = new Float32Array(3 * frames * pixels);
        for (let c = 0; c < 3; c++) {
          const from = (c * size.frames + start) * pixels;
          part.set(
            video.subarray(from, from + frames * pixels),
            c * frames * pixels,
          );
        }
        return part;
      });
    },
  };
}

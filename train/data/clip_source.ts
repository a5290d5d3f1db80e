import type { ClipSize } from "../../core/clip_size.ts";
import {
  BACKGROUNDS,
  captionOf,
  COLORS,
  MOTIONS,
  proceduralClip,
  SHAPES,
} from "./procedural.ts";

/** A clip with its caption, as training takes it. */
export interface TrainingClip {
  /** f32 [3, F, H, W] in [-1, 1]. */
  readonly video: Float32Array;
  /** What it shows, in words. */
  readonly caption: string;
}

/** What may be said of clips that were listed. */
export interface ListedClips {
  /** What the user may want to know of the list. */
  readonly notes?: readonly string[];
  /** The files, with lines, that a caption was read from. */
  placesOf?(caption: string): readonly string[];
}

/** Captioned clips of one size, in an endless order that the seed decides. */
export interface ClipSource extends ListedClips {
  /** Every caption that may come. */
  readonly captions: readonly string[];
  /** Clip `index` of the endless order. */
  clip(index: number): TrainingClip | Promise<TrainingClip>;
}

/** The rendered clips of a seed: no two are the same. */
export function proceduralSource(seed: number, size: ClipSize): ClipSource {
  return {
    captions: allCaptions(),
    clip: (index) => proceduralClip(seed, index, size),
  };
}

/** Every caption that rendered clips can have. */
function allCaptions(): string[] {
  const kept = [true, false].flatMap((motion) =>
    [true, false].map((background) => ({ motion, background }))
  );
  const captions = new Set<string>();
  for (const color of COLORS) {
    for (const shape of SHAPES) {
      for (const motion of MOTIONS) {
        for (const background of BACKGROUNDS) {
          const factors = { color, shape, motion, background };
          for (const keep of kept) captions.add(captionOf(factors, keep));
        }
      }
    }
  }
  return [...captions];
}

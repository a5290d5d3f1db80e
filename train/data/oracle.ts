import type { ClipSize } from "../../core/clip_size.ts";
import {
  type Background,
  BACKGROUNDS,
  type Color,
  COLORS,
  type Motion,
  type Shape,
} from "./captions.ts";
import {
  borderMedian,
  centroids,
  maskOf,
  nearest,
  shapeColor,
} from "./oracle_mask.ts";
import { fitShape, motionOf } from "./oracle_shape.ts";
import { BACKGROUND_RGB, COLOR_RGB } from "./shapes.ts";

/** What the oracle sees in a clip; null where it sees no shape at all. */
export interface Reading {
  /** The colour nearest to the border's. */
  readonly background: Background;
  /** The colour nearest to the shape's. */
  readonly color: Color | null;
  /** Where the shape goes. */
  readonly motion: Motion | null;
  /** The shape that fits best. */
  readonly shape: Shape | null;
  /** Share of the mask's energy that the best template explains, at most 1. */
  readonly fit: number;
}

/**
 * Reads a clip f32 [3, F, H, W] in [-1, 1] back. The background is the median
 * of the border, the colour that of the pixels least like it, the motion the
 * slope of the centroid's track, the shape the rendered template nearest to
 * the mask over all frames.
 *
 * @example
 * ```ts
 * import { DEFAULT_SIZE, proceduralClip, readClip } from "@qvgen/qvgen/train";
 *
 * const { video } = proceduralClip(0, 5);
 * const { color, shape } = readClip(video, DEFAULT_SIZE);
 * ```
 */
export function readClip(video: Float32Array, size: ClipSize): Reading {
  const ground = borderMedian(video, size);
  const background = nearest(BACKGROUNDS, BACKGROUND_RGB, ground);
  const color = shapeColor(video, ground);
  if (color === null) {
    return { background, color: null, motion: null, shape: null, fit: 0 };
  }
  const mask = maskOf(video, ground, color);
  const track = centroids(mask, size);
  return {
    background,
    color: nearest(COLORS, COLOR_RGB, color),
    motion: motionOf(track, size),
    ...fitShape(mask, track, size),
  };
}

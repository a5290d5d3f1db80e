import type { ClipSize } from "../../core/clip_size.ts";
import { InputError } from "../../core/errors.ts";
import { Stream } from "../../core/random.ts";
import {
  BACKGROUNDS,
  captionOf,
  COLORS,
  type Factors,
  MOTIONS,
  SHAPES,
} from "./captions.ts";
import {
  DEFAULT_SIZE,
  DIRECTION,
  type Geometry,
  renderClip,
} from "./render.ts";

export * from "./captions.ts";
export * from "./render.ts";

/** What a clip shows, and what its caption says of it. */
export interface Scene {
  /** What it shows, optional parts perhaps left out. */
  readonly caption: string;
  /** All that it shows. */
  readonly factors: Factors;
  /** Where it shows it. */
  readonly geometry: Geometry;
}

/** A rendered scene. */
export interface CaptionedClip extends Scene {
  /** f32 [3, F, H, W] in [-1, 1]. */
  readonly video: Float32Array<ArrayBuffer>;
}

/** Bounds of the random geometry, in shorter sides. */
const RADIUS = [0.18, 0.235] as const;
const TRAVEL = [0.32, 0.4] as const;
/** Free pixels around a shape: its soft edge stays off the outermost pixels. */
const MARGIN = 1.5;
/** How often a caption keeps each of its optional parts. */
const KEEP = 0.85;
/** Below it, the largest shape on its longest way would leave the frame. */
const LEAST_SIDE = 24;

/**
 * Clip `index` of the endless data set of `seed`: the same two numbers give
 * the same clip everywhere. Throws an InputError when the sides are too small
 * to hold a moving shape.
 *
 * @example
 * ```ts
 * import { proceduralClip } from "@qvgen/qvgen/train";
 *
 * const { video, caption } = proceduralClip(0, 5);
 * ```
 */
export function proceduralClip(
  seed: number,
  index: number,
  size: ClipSize = DEFAULT_SIZE,
): CaptionedClip {
  const scene = proceduralScene(seed, index, size);
  return {
    video: renderClip(scene.factors, scene.geometry, size),
    ...scene,
  };
}

/** The same, not rendered. */
export function proceduralScene(
  seed: number,
  index: number,
  { height, width }: ClipSize,
): Scene {
  if (Math.min(height, width) < LEAST_SIDE) {
    throw new InputError(
      `Cannot render clips of ${height}x${width}: each side must be at least ${LEAST_SIDE} pixels`,
    );
  }
  const random = new Stream(seed, "clip", index);
  const factors: Factors = {
    color: pick(COLORS, random),
    shape: pick(SHAPES, random),
    motion: pick(MOTIONS, random),
    background: pick(BACKGROUNDS, random),
  };
  const radius = between(RADIUS, random);
  const travel = between(TRAVEL, random);
  const [right, down] = DIRECTION[factors.motion];
  const side = Math.min(height, width);
  // The nearest that the middle of the way may come to the frame's border.
  const x = radius * side + MARGIN + Math.abs(right) * travel * side / 2;
  const y = radius * side + MARGIN + Math.abs(down) * travel * side / 2;
  const geometry = {
    x: between([x, width - x], random) / width,
    y: between([y, height - y], random) / height,
    radius,
    travel,
  };
  const keep = {
    motion: random.uniform() < KEEP,
    background: random.uniform() < KEEP,
  };
  return { caption: captionOf(factors, keep), factors, geometry };
}

function pick<T>(list: readonly T[], random: Stream): T {
  return list[random.integer(list.length)]!;
}

function between(
  [low, high]: readonly [number, number],
  random: Stream,
): number {
  return low + random.uniform() * (high - low);
}

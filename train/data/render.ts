import type { ClipSize } from "../../core/clip_size.ts";
import type { Factors, Motion } from "./captions.ts";
import { BACKGROUND_RGB, COLOR_RGB, COVERAGE, type Rgb } from "./shapes.ts";

/** The size of the clips that the built-in model is trained on. */
export const DEFAULT_SIZE: ClipSize = { frames: 16, height: 32, width: 32 };

/** Where a shape is. */
export interface Geometry {
  /** Its centre half way through the clip, in widths. */
  readonly x: number;
  /** The same, in heights. */
  readonly y: number;
  /** Its size, in shorter sides. */
  readonly radius: number;
  /** The distance from the first frame to the last, in shorter sides. */
  readonly travel: number;
}

/** One step of each motion to the right and down. */
export const DIRECTION: Readonly<Record<Motion, readonly [number, number]>> = {
  left: [-1, 0],
  right: [1, 0],
  up: [0, -1],
  down: [0, 1],
  still: [0, 0],
};

/**
 * A clip of one shape at constant speed with anti-aliased edges:
 * f32 [3, F, H, W] in [-1, 1].
 *
 * @example
 * ```ts
 * import { DEFAULT_SIZE, renderClip } from "@qvgen/qvgen/train";
 *
 * const video = renderClip(
 *   { color: "red", shape: "ring", motion: "right", background: "navy" },
 *   { x: 0.5, y: 0.5, radius: 0.2, travel: 0.4 },
 *   DEFAULT_SIZE,
 * );
 * video.length; // 3 * 16 * 32 * 32
 * ```
 */
export function renderClip(
  factors: Factors,
  geometry: Geometry,
  size: ClipSize,
): Float32Array<ArrayBuffer> {
  const { frames, height, width } = size;
  const plane = height * width;
  const channel = frames * plane;
  const side = Math.min(height, width);
  const radius = geometry.radius * side;
  const coverage = COVERAGE[factors.shape];
  const [right, down] = DIRECTION[factors.motion];
  const [r0, g0, b0] = signed(BACKGROUND_RGB[factors.background]);
  const [r1, g1, b1] = signed(COLOR_RGB[factors.color]);
  const video = new Float32Array(3 * channel);
  video.fill(r0, 0, channel);
  video.fill(g0, channel, 2 * channel);
  video.fill(b0, 2 * channel);
  for (let f = 0; f < frames; f++) {
    const way = frames > 1 ? f / (frames - 1) - 0.5 : 0;
    // Pixel i spans [i, i + 1], its middle is i + 1/2.
    const cx = geometry.x * width + right * way * geometry.travel * side;
    const cy = geometry.y * height + down * way * geometry.travel * side;
    const xBegin = Math.max(0, Math.floor(cx - radius - 1));
    const xEnd = Math.min(width, Math.ceil(cx + radius + 1));
    const yBegin = Math.max(0, Math.floor(cy - radius - 1));
    const yEnd = Math.min(height, Math.ceil(cy + radius + 1));
    for (let y = yBegin; y < yEnd; y++) {
      for (let x = xBegin; x < xEnd; x++) {
        const a = coverage(radius, x + 0.5 - cx, y + 0.5 - cy);
        const i = f * plane + y * width + x;
        video[i] = r0 + a * (r1 - r0);
        video[channel + i] = g0 + a * (g1 - g0);
        video[2 * channel + i] = b0 + a * (b1 - b0);
      }
    }
  }
  return video;
}

/** A colour in the range of a video, [-1, 1]. */
function signed(rgb: Rgb): [number, number, number] {
  return [2 * rgb[0] - 1, 2 * rgb[1] - 1, 2 * rgb[2] - 1];
}

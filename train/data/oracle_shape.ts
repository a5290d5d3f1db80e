import type { ClipSize } from "../../core/clip_size.ts";
import { type Motion, type Shape, SHAPES } from "./captions.ts";
import type { Point } from "./oracle_mask.ts";
import { BALANCE, COVERAGE } from "./shapes.ts";

/** Shorter ways, in sides, are standing still: half of the shortest rendered. */
const STILL = 0.16;
/** Radii of the templates in sides: those rendered and somewhat around. */
const RADII = Array.from({ length: 15 }, (_, i) => 0.14 + 0.01 * i);

/** The way of least squares through the track; null when it is mostly lost. */
export function motionOf(
  track: readonly (Point | null)[],
  { frames, height, width }: ClipSize,
): Motion | null {
  const seen = track.flatMap((point, f) => point ? [[f, ...point]] : []);
  if (2 * seen.length < frames) return null;
  const mean = [0, 1, 2].map((k) =>
    seen.reduce((sum, row) => sum + row[k]!, 0) / seen.length
  );
  const moment = (k: number) =>
    seen.reduce((s, row) => s + (row[0]! - mean[0]!) * (row[k]! - mean[k]!), 0);
  const scale = (frames - 1) / Math.max(moment(0), 1) /
    Math.min(height, width);
  const x = moment(1) * scale;
  const y = moment(2) * scale;
  if (Math.max(Math.abs(x), Math.abs(y)) < STILL) return "still";
  if (Math.abs(x) > Math.abs(y)) return x < 0 ? "left" : "right";
  return y < 0 ? "up" : "down";
}

/**
 * The shape whose template, centred on the track, is nearest to the mask over
 * all frames at its best radius, and the share of the mask's energy explained.
 */
export function fitShape(
  mask: Float32Array,
  track: readonly (Point | null)[],
  size: ClipSize,
): { shape: Shape; fit: number } {
  const side = Math.min(size.height, size.width);
  let energy = 0;
  for (const m of mask) energy += m * m;
  let best: { shape: Shape; fit: number } = { shape: "circle", fit: -Infinity };
  for (const shape of SHAPES) {
    for (const radius of RADII) {
      const gain = explained(mask, track, size, shape, radius * side);
      if (gain / energy > best.fit) best = { shape, fit: gain / energy };
    }
  }
  return best;
}

/** sum m^2 - sum (m - t)^2 = sum (2 m - t) t over a template t and a mask m. */
function explained(
  mask: Float32Array,
  track: readonly (Point | null)[],
  { height, width }: ClipSize,
  shape: Shape,
  radius: number,
): number {
  const coverage = COVERAGE[shape];
  let sum = 0;
  for (const [f, point] of track.entries()) {
    if (point === null) continue;
    const cx = point[0];
    const cy = point[1] - BALANCE[shape] * radius;
    const xEnd = Math.min(width, Math.ceil(cx + radius + 1));
    const yEnd = Math.min(height, Math.ceil(cy + radius + 1));
    for (let y = Math.max(0, Math.floor(cy - radius - 1)); y < yEnd; y++) {
      for (let x = Math.max(0, Math.floor(cx - radius - 1)); x < xEnd; x++) {
        const t = coverage(radius, x + 0.5 - cx, y + 0.5 - cy);
        const m = mask[(f * height + y) * width + x]!;
        sum += (2 * m - t) * t;
      }
    }
  }
  return sum;
}

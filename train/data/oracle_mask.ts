import type { ClipSize } from "../../core/clip_size.ts";
import type { Rgb } from "./shapes.ts";

/** Least distance from the background, in RGB of [0, 1], that is a shape. */
const CONTRAST = 0.15;
/** The smallest share of a clip's pixels that a shape covers wholly. */
const COVERED = 0.02;
/** Pixels so close to the greatest contrast show the shape's own colour. */
const CORE = 0.75;
/** Lower values of a mask are taken for noise when it is located. */
const FLOOR = 0.5;

/** A place in pixels: pixel i spans [i, i + 1]. */
export type Point = readonly [x: number, y: number];

/** The name whose colour lies nearest. */
export function nearest<T extends string>(
  names: readonly T[],
  colors: Readonly<Record<T, Rgb>>,
  color: Rgb,
): T {
  return names.reduce((best, name) =>
    distance(colors[name], color) < distance(colors[best], color) ? name : best
  );
}

/** The median colour of the outermost pixels of all frames. */
export function borderMedian(video: Float32Array, size: ClipSize): Rgb {
  const { frames, height, width } = size;
  const at: number[] = [];
  for (let i = 0; i < frames * height * width; i++) {
    const x = i % width;
    const y = Math.floor(i / width) % height;
    if (x === 0 || y === 0 || x === width - 1 || y === height - 1) at.push(i);
  }
  const channel = frames * height * width;
  const [r, g, b] = [0, 1, 2].map((c) => {
    const values = Float32Array.from(at, (i) => video[c * channel + i]!).sort();
    return (values[values.length >> 1]! + 1) / 2;
  });
  return [r!, g!, b!];
}

/** The mean colour of the pixels least like the background, null if like it. */
export function shapeColor(video: Float32Array, background: Rgb): Rgb | null {
  const pixels = video.length / 3;
  const contrast = new Float32Array(pixels);
  for (let i = 0; i < pixels; i++) {
    contrast[i] = distance(pixelAt(video, i), background);
  }
  const top = contrast.toSorted()[Math.floor(pixels * (1 - COVERED))]!;
  if (top < CONTRAST) return null;
  const sum = [0, 0, 0];
  let count = 0;
  for (let i = 0; i < pixels; i++) {
    if (contrast[i]! < CORE * top) continue;
    const pixel = pixelAt(video, i);
    for (let c = 0; c < 3; c++) sum[c]! += pixel[c]!;
    count++;
  }
  return [sum[0]! / count, sum[1]! / count, sum[2]! / count];
}

/** How far each pixel is from the background to the colour, in [0, 1]: [F, H, W]. */
export function maskOf(
  video: Float32Array,
  background: Rgb,
  color: Rgb,
): Float32Array {
  const mask = new Float32Array(video.length / 3);
  const way = color.map((v, c) => v - background[c]!);
  const length = distance(color, background) ** 2;
  for (let i = 0; i < mask.length; i++) {
    const pixel = pixelAt(video, i);
    let dot = 0;
    for (let c = 0; c < 3; c++) dot += (pixel[c]! - background[c]!) * way[c]!;
    mask[i] = Math.min(1, Math.max(0, dot / length));
  }
  return mask;
}

/** The mask's centre of mass in each frame, null where the mask is empty. */
export function centroids(
  mask: Float32Array,
  { frames, height, width }: ClipSize,
): (Point | null)[] {
  return Array.from({ length: frames }, (_, f) => {
    let mass = 0, x = 0, y = 0;
    for (let i = 0; i < height * width; i++) {
      const weight = mask[f * height * width + i]!;
      if (weight < FLOOR) continue;
      mass += weight;
      x += weight * (i % width + 0.5);
      y += weight * (Math.floor(i / width) + 0.5);
    }
    return mass === 0 ? null : [x / mass, y / mass] as const;
  });
}

function pixelAt(video: Float32Array, i: number): Rgb {
  const n = video.length / 3;
  return [
    (video[i]! + 1) / 2,
    (video[n + i]! + 1) / 2,
    (video[2 * n + i]! + 1) / 2,
  ];
}

function distance(a: Rgb, b: Rgb): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

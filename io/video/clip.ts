import type { ClipSize } from "../../core/clip_size.ts";
import { InputError } from "../../core/errors.ts";

/** Size and speed of a clip. */
export interface ClipShape extends ClipSize {
  /** Pictures shown in a second. */
  readonly fps: number;
}

/** A video in memory: 8-bit RGB, `data` laid out [frames, height, width, 3]. */
export interface Clip extends ClipShape {
  /** Red, green and blue of each pixel, 0 to 255. */
  readonly data: Uint8Array;
}

/** One RGB picture, `data` laid out [height, width, 3]. */
export interface Picture {
  /** Pixels from top to bottom. */
  readonly height: number;
  /** Pixels from left to right. */
  readonly width: number;
  /** Red, green and blue of each pixel, 0 to 255. */
  readonly data: Uint8Array;
}

/** Throws an InputError unless every size is a positive integer, fps is positive and `values` has 3 FHW entries. */
export function checkClip(
  { frames, height, width, fps }: ClipShape,
  values: { readonly length: number },
): void {
  for (const [name, size] of Object.entries({ frames, height, width })) {
    if (!Number.isInteger(size) || size < 1) {
      throw new InputError(
        `A clip's ${name} must be a positive integer, got ${size}`,
      );
    }
  }
  if (!(fps > 0 && fps <= 1000)) {
    throw new InputError(
      `A clip's fps must be above 0 and at most 1000, got ${fps}`,
    );
  }
  const expected = 3 * frames * height * width;
  if (values.length !== expected) {
    throw new InputError(
      `A clip of ${frames} frames of ${width}x${height} has ${expected} values, got ${values.length}`,
    );
  }
}

/** Picture `index` of a clip; shares the clip's memory. */
export function pictureAt(clip: Clip, index: number): Picture {
  const { height, width } = clip;
  const bytes = 3 * height * width;
  const data = clip.data.subarray(index * bytes, (index + 1) * bytes);
  return { height, width, data };
}

/**
 * Turns what a model makes, values in [-1, 1] laid out [3, frames, height,
 * width], into a clip. Values beyond the range are clamped; NaN becomes black.
 *
 * @example
 * ```ts
 * import { clipFromPlanar } from "@qvgen/qvgen/io";
 *
 * const shape = { frames: 16, height: 8, width: 8, fps: 8 };
 * const clip = clipFromPlanar(new Float32Array(3 * 16 * 8 * 8).fill(1), shape);
 * if (clip.data[0] !== 255) throw new Error("1 is white");
 * ```
 */
export function clipFromPlanar(values: Float32Array, shape: ClipShape): Clip {
  checkClip(shape, values);
  const { frames, height, width, fps } = shape;
  const plane = frames * height * width;
  const data = new Uint8Array(3 * plane);
  for (let channel = 0; channel < 3; channel++) {
    for (let i = 0; i < plane; i++) {
      const level = Math.round((values[channel * plane + i]! + 1) * 127.5);
      data[3 * i + channel] = Math.min(255, Math.max(0, level));
    }
  }
  return { frames, height, width, fps, data };
}

/** Turns a clip into what a model reads: [3, frames, height, width] in [-1, 1]. */
export function planarFromClip(clip: Clip): Float32Array<ArrayBuffer> {
  checkClip(clip, clip.data);
  const plane = clip.frames * clip.height * clip.width;
  const values = new Float32Array(3 * plane);
  for (let channel = 0; channel < 3; channel++) {
    for (let i = 0; i < plane; i++) {
      values[channel * plane + i] = clip.data[3 * i + channel]! / 127.5 - 1;
    }
  }
  return values;
}

import type { ClipSize } from "../../core/clip_size.ts";

/** Frames, rows and columns of a patch. */
type PatchSize = readonly [t: number, h: number, w: number];

/**
 * Cuts a clip [3, F, H, W] into patches: [tokens, 3 t h w], tokens ordered by
 * frame, row, column, and each patch by channel, frame, row, column.
 */
export function cutPatches(
  video: Float32Array,
  size: ClipSize,
  patch: PatchSize,
): Float32Array<ArrayBuffer> {
  const rows = new Float32Array(video.length);
  walk(size, patch, (inVideo, inRows, length) => {
    rows.set(video.subarray(inVideo, inVideo + length), inRows);
  });
  return rows;
}

/** The inverse of `cutPatches`. */
export function joinPatches(
  rows: Float32Array,
  size: ClipSize,
  patch: PatchSize,
): Float32Array<ArrayBuffer> {
  const video = new Float32Array(rows.length);
  walk(size, patch, (inVideo, inRows, length) => {
    video.set(rows.subarray(inRows, inRows + length), inVideo);
  });
  return video;
}

/** Visits every run of pixels that is contiguous in both layouts. */
function walk(
  { frames, height, width }: ClipSize,
  [pt, ph, pw]: PatchSize,
  visit: (inVideo: number, inRows: number, length: number) => void,
): void {
  let at = 0;
  for (let t = 0; t < frames; t += pt) {
    for (let y = 0; y < height; y += ph) {
      for (let x = 0; x < width; x += pw) {
        for (let c = 0; c < 3; c++) {
          for (let f = t; f < t + pt; f++) {
            for (let r = y; r < y + ph; r++, at += pw) {
              visit(((c * frames + f) * height + r) * width + x, at, pw);
            }
          }
        }
      }
    }
  }
}

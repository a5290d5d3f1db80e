import type { Clip, Picture } from "../io/video/clip.ts";
import { pictureAt } from "../io/video/clip.ts";
import { contactSheet, spread } from "../io/video/contact_sheet.ts";

/** Frames shown of each clip. */
const FRAMES = 4;
/** Clips in a row: of the full grid, those of one colour and shape. */
const CLIPS = 6;
/** Length of a picture's longer side, about, in pixels. */
const SIDE = 64;

/** Four frames of each clip, first to last, six clips in a row; all of one size. */
export function clipsSheet(clips: readonly Clip[]): Picture {
  const [{ height, width, frames, fps }] = clips as [Clip];
  const shown = clips.flatMap((clip) =>
    spread(frames, FRAMES).map((frame) => pictureAt(clip, frame).data)
  );
  const data = new Uint8Array(3 * height * width * shown.length);
  shown.forEach((picture, i) => data.set(picture, i * picture.length));
  return contactSheet({ frames: shown.length, height, width, fps, data }, {
    pictures: shown.length,
    columns: CLIPS * Math.min(FRAMES, frames),
    scale: Math.max(1, Math.round(SIDE / Math.max(height, width))),
    gap: 2,
  });
}

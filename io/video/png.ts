import { concat } from "./bytes.ts";
import { type Clip, type Picture, pictureAt } from "./clip.ts";
import { chunk, internationalText } from "./png_chunk.ts";
import { deflateRows } from "./png_rows.ts";

const SIGNATURE = Uint8Array.of(0x89, 80, 78, 71, 13, 10, 26, 10);

/** A lossless 8-bit RGB PNG; `comment` goes into an iTXt chunk. */
export async function encodePng(
  picture: Picture,
  comment?: string,
): Promise<Uint8Array<ArrayBuffer>> {
  return concat([
    SIGNATURE,
    header(picture),
    ...text(comment),
    chunk("IDAT", await deflateRows(picture)),
    chunk("IEND", new Uint8Array()),
  ]);
}

/**
 * A lossless animated PNG that repeats for ever. Frames after the first hold
 * only the rectangle that changed; `comment` goes into an iTXt chunk.
 */
export async function encodeApng(
  clip: Clip,
  comment?: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts = [SIGNATURE, header(clip), ...text(comment)];
  parts.push(chunk("acTL", words(clip.frames, 0)));
  let sequence = 0;
  for (let f = 0; f < clip.frames; f++) {
    const picture = pictureAt(clip, f);
    const box = f === 0
      ? whole(clip)
      : changed(pictureAt(clip, f - 1), picture);
    const rows = await deflateRows(cut(picture, box));
    parts.push(chunk("fcTL", frameControl(sequence++, box, clip, f)));
    parts.push(
      f === 0
        ? chunk("IDAT", rows)
        : chunk("fdAT", concat([words(sequence++), rows])),
    );
  }
  parts.push(chunk("IEND", new Uint8Array()));
  return concat(parts);
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function header({ width, height }: { width: number; height: number }) {
  const [depth, rgb, rest] = [8, 2, [0, 0, 0]];
  return chunk(
    "IHDR",
    concat([words(width, height), Uint8Array.of(depth, rgb, ...rest)]),
  );
}

function text(comment: string | undefined): Uint8Array<ArrayBuffer>[] {
  return comment === undefined ? [] : [internationalText("Comment", comment)];
}

/** Big-endian 32-bit numbers. */
function words(...values: number[]): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => view.setUint32(4 * i, value));
  return new Uint8Array(view.buffer);
}

function frameControl(sequence: number, box: Box, clip: Clip, frame: number) {
  const { x, y, width, height } = box;
  // Rounded end times, not rounded durations: the clip's length stays right.
  const end = (n: number) => Math.round(n * 1000 / clip.fps);
  const ms = Math.min(0xffff, end(frame + 1) - end(frame));
  const timing = Uint8Array.of(ms >> 8, ms & 255, 1000 >> 8, 1000 & 255, 0, 0);
  return concat([words(sequence, width, height, x, y), timing]);
}

function whole({ width, height }: Picture): Box {
  return { x: 0, y: 0, width, height };
}

/** The smallest rectangle outside which two pictures agree, at least a pixel. */
function changed(before: Picture, after: Picture): Box {
  const { width, height } = after;
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let i = 0; i < after.data.length; i++) {
    if (after.data[i] === before.data[i]) continue;
    const x = Math.floor(i / 3) % width;
    const y = Math.floor(i / (3 * width));
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = y;
  }
  if (bottom < 0) return { x: 0, y: 0, width: 1, height: 1 };
  return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

function cut(picture: Picture, { x, y, width, height }: Box): Picture {
  const data = new Uint8Array(3 * width * height);
  for (let row = 0; row < height; row++) {
    const start = 3 * ((y + row) * picture.width + x);
    data.set(
      picture.data.subarray(start, start + 3 * width),
      3 * row * width,
    );
  }
  return { width, height, data };
}

import { concat } from "./bytes.ts";

/** Boxes that hold only boxes, on the way to those with a date. */
const CONTAINERS = ["moov", "trak", "mdia"];
const DATED = ["mvhd", "tkhd", "mdhd"];

/** What finishMp4() changes. */
export interface Finish {
  /** The tag that players and ffprobe show. */
  readonly comment?: string | undefined;
  /** Makes the frames follow each other so many times as fast. */
  readonly tempo: number;
}

/**
 * Sets the speed, adds a comment and clears the dates of creation, so that the
 * same clip gives the same bytes. The `moov` box must come after the frames'
 * data, whose place is therefore kept.
 */
export function finishMp4(
  file: Uint8Array,
  { comment, tempo }: Finish,
): Uint8Array<ArrayBuffer> {
  const bytes = concat([file]);
  const parts: Uint8Array[] = [];
  for (const found of boxes(bytes, 0, bytes.length)) {
    const { type, start, end } = found;
    setHeaders(bytes, found, tempo);
    const content = bytes.subarray(start + 8, end);
    parts.push(
      type === "moov" && comment !== undefined
        ? box(type, content, commentBox(comment))
        : bytes.subarray(start, end),
    );
  }
  return concat(parts);
}

interface Box {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

function* boxes(bytes: Uint8Array, from: number, to: number): Generator<Box> {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let start = from; start + 8 <= to;) {
    const size = view.getUint32(start);
    if (size < 8 || start + size > to) {
      throw new Error(`Malformed MP4 box of ${size} bytes at ${start}`);
    }
    const type = String.fromCharCode(...bytes.subarray(start + 4, start + 8));
    yield { type, start, end: start + size };
    start += size;
  }
}

function setHeaders(bytes: Uint8Array, found: Box, tempo: number): void {
  const { type, start, end } = found;
  if (CONTAINERS.includes(type)) {
    for (const inner of boxes(bytes, start + 8, end)) {
      setHeaders(bytes, inner, tempo);
    }
  } else if (DATED.includes(type)) {
    // Size, type, version and flags, dates of 64 bits in version 1, then ticks
    // a second (a track's own header has them in its mdhd).
    const dates = bytes[start + 8] === 1 ? 16 : 8;
    bytes.fill(0, start + 12, start + 12 + dates);
    if (type === "tkhd") return;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const at = start + 12 + dates;
    view.setUint32(at, Math.round(view.getUint32(at) * tempo));
  }
}

function box(type: string, ...content: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = concat([new Uint8Array(8), ...content]);
  new DataView(out.buffer).setUint32(0, out.length);
  for (let i = 0; i < 4; i++) out[4 + i] = type.charCodeAt(i);
  return out;
}

/** moov/udta/meta as iTunes lays it out: a handler, then a list of tags. */
function commentBox(comment: string): Uint8Array {
  const zeros = (count: number) => new Uint8Array(count);
  const ascii = (text: string) => new TextEncoder().encode(text);
  const utf8 = Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0); // kind of data, locale
  const data = box("data", utf8, ascii(comment));
  const handler = box("hdlr", zeros(8), ascii("mdirappl"), zeros(9));
  const list = box("ilst", box("\xa9cmt", data));
  return box("udta", box("meta", zeros(4), handler, list));
}

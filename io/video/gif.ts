import { InputError } from "../../core/errors.ts";
import { type Clip, pictureAt } from "./clip.ts";
import { spread } from "./contact_sheet.ts";
import { concat } from "./bytes.ts";
import { rgba } from "./resize.ts";

/** Pixels the palette is made from: the quantiser takes seconds for a million. */
const SAMPLED_PIXELS = 1 << 18;

/**
 * A GIF that repeats for ever, with one palette of at most 256 colours taken
 * from up to eight frames; `comment` goes into a comment extension. Above 50
 * frames a second (the format counts hundredths, viewers refuse 1) it throws
 * an InputError.
 */
export async function encodeGif(
  clip: Clip,
  comment?: string,
): Promise<Uint8Array<ArrayBuffer>> {
  if (clip.fps > 50) {
    throw new InputError(
      `A GIF shows at most 50 frames a second, got ${clip.fps}: choose .mp4 or .apng`,
    );
  }
  const { default: gifenc } = await import("gifenc");
  const palette = gifenc.quantize(samples(clip), 256);
  const gif = gifenc.GIFEncoder();
  // Rounded end times, not rounded durations: the clip's length stays right.
  const end = (frame: number) => Math.round(frame * 100 / clip.fps);
  for (let f = 0; f < clip.frames; f++) {
    const index = gifenc.applyPalette(rgba(pictureAt(clip, f)), palette);
    const delay = 10 * (end(f + 1) - end(f));
    const options = f === 0 ? { palette, delay } : { delay };
    gif.writeFrame(index, clip.width, clip.height, options);
  }
  gif.finish();
  const bytes = gif.bytes();
  return comment === undefined ? bytes : withComment(bytes, comment);
}

/** Every n-th pixel of up to eight frames, as RGBA. */
function samples(clip: Clip): Uint8Array<ArrayBuffer> {
  const frames = spread(clip.frames, 8);
  const pixels = clip.height * clip.width;
  const step = Math.ceil(frames.length * pixels / SAMPLED_PIXELS);
  const parts = frames.map((f) => {
    const all = rgba(pictureAt(clip, f));
    const some = new Uint8Array(4 * Math.ceil(pixels / step));
    for (let i = 0; i * step < pixels; i++) {
      some.set(all.subarray(4 * i * step, 4 * i * step + 4), 4 * i);
    }
    return some;
  });
  return concat(parts);
}

/** Puts a comment extension behind the global colour table. */
function withComment(
  gif: Uint8Array,
  comment: string,
): Uint8Array<ArrayBuffer> {
  const colours = 2 << (gif[10]! & 7);
  const at = 13 + 3 * colours;
  // The format asks for 7-bit text, in blocks of at most 255 bytes.
  const ascii = comment.replace(
    /[^\x20-\x7e]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const text = new TextEncoder().encode(ascii);
  const blocks: Uint8Array[] = [Uint8Array.of(0x21, 0xfe)];
  for (let i = 0; i < text.length; i += 255) {
    const block = text.subarray(i, i + 255);
    blocks.push(Uint8Array.of(block.length), block);
  }
  blocks.push(Uint8Array.of(0));
  return concat([gif.subarray(0, at), ...blocks, gif.subarray(at)]);
}

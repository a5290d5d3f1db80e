import { dirname } from "@std/path";
import { InputError } from "../../core/errors.ts";
import { replaceFile, writeAll } from "../atomic.ts";
import { checkClip, type Clip, type ClipShape } from "./clip.ts";
import {
  type ClipStream,
  collectClip,
  enlargeStream,
  streamOf,
} from "./clip_stream.ts";
import { pictureScale } from "./contact_sheet.ts";
import { type VideoExtension, videoExtension } from "./formats.ts";
import { enlargeClip, viewingScale } from "./resize.ts";

/** What writeVideo() may be told. */
export interface WriteOptions {
  /** Prompt, seed and settings: written into the file as JSON, in its comment. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Whole factor of enlargement, which is smooth; by default the longer side comes to at least 256 pixels. */
  readonly scale?: number;
  /** What encodes MP4: by default ffmpeg where it is installed, else wasm. */
  readonly mp4?: "ffmpeg" | "wasm";
}

/** Video files with longer sides play nowhere. */
const LONGEST_SIDE = 16384;

/**
 * Writes a clip in the format that the path's ending names: `.mp4`, `.webm`,
 * `.gif`, `.apng` (lossless) or `.png` (a contact sheet). A file that exists is
 * replaced only when the new one is complete; the folder is made if needed.
 * A clip that comes some frames at a time goes into a video as it comes; the
 * other formats take it whole. Sides that are odd grow by a pixel in `.mp4` and `.webm`. Throws an
 * InputError for another ending, a wrong size, or WebM without ffmpeg.
 *
 * @example
 * ```ts
 * import { writeVideo } from "@qvgen/qvgen";
 * import { clipFromPlanar } from "@qvgen/qvgen/io";
 *
 * const shape = { frames: 4, height: 8, width: 8, fps: 8 };
 * const clip = clipFromPlanar(new Float32Array(3 * 4 * 8 * 8), shape);
 * const path = await Deno.makeTempFile({ suffix: ".gif" });
 * await writeVideo(path, clip, { metadata: { prompt: "gray", seed: 1 } });
 * await Deno.remove(path);
 * ```
 */
export async function writeVideo(
  path: string,
  clip: Clip | ClipStream,
  options: WriteOptions = {},
): Promise<void> {
  const extension = videoExtension(path);
  if ("data" in clip) checkClip(clip, clip.data);
  checkScale(clip, options.scale);
  await Deno.mkdir(dirname(path), { recursive: true });
  await replaceFile(
    path,
    (file, temporary) =>
      encode({ file, path: temporary }, extension, streamOf(clip), options),
  );
}

/** How large a frame is in a file. */
export interface WrittenSize {
  /** What the sides were multiplied by; below 1 in the contact sheet of a large clip. */
  readonly scale: number;
  /** Height in pixels. */
  readonly height: number;
  /** Width in pixels. */
  readonly width: number;
}

/**
 * How large writeVideo() writes the frames of a clip to `path`. Throws an
 * InputError for another ending and for a scale that makes them too long.
 */
export function writtenSize(
  path: string,
  clip: ClipShape,
  scale?: number,
): WrittenSize {
  const extension = videoExtension(path);
  checkScale(clip, scale);
  const factor = scale ??
    (extension === ".png" ? pictureScale(clip) : viewingScale(clip));
  const even = extension === ".mp4" || extension === ".webm";
  const side = (pixels: number) => {
    const enlarged = Math.max(1, Math.floor(pixels * factor + 1e-6));
    return even ? enlarged + enlarged % 2 : enlarged;
  };
  return {
    scale: factor,
    height: side(clip.height),
    width: side(clip.width),
  };
}

/** Encoders are imported when used: the wasm alone is a megabyte. */
async function encode(
  { file, path }: { readonly file: Deno.FsFile; readonly path: string },
  extension: VideoExtension,
  stream: ClipStream,
  { metadata, scale, mp4 }: WriteOptions,
): Promise<void> {
  const comment = metadata && JSON.stringify(metadata);
  const factor = scale ?? viewingScale(stream);
  if (extension === ".webm" || extension === ".mp4") {
    const even = enlargeStream(stream, factor, true);
    if (extension === ".webm") {
      const { encodeWebm } = await import("./encode_ffmpeg.ts");
      return encodeWebm(even, path, comment);
    }
    const { encodeMp4 } = await import("./mp4.ts");
    return encodeMp4(even, file, path, { comment, with: mp4 });
  }
  const clip = await collectClip(stream);
  if (extension === ".png") {
    const { contactSheet } = await import("./contact_sheet.ts");
    const { encodePng } = await import("./png.ts");
    const sheet = contactSheet(clip, scale === undefined ? {} : { scale });
    return writeAll(file, await encodePng(sheet, comment));
  }
  if (extension === ".gif") {
    const { encodeGif } = await import("./gif.ts");
    const gif = await encodeGif(enlargeClip(clip, factor), comment);
    return writeAll(file, gif);
  }
  const { encodeApng } = await import("./png.ts");
  const apng = await encodeApng(enlargeClip(clip, factor), comment);
  await writeAll(file, apng);
}

function checkScale(clip: ClipShape, scale = 1): void {
  if (!Number.isInteger(scale) || scale < 1) {
    throw new InputError(
      `A clip's scale must be a positive integer, got ${scale}`,
    );
  }
  const side = scale * Math.max(clip.height, clip.width);
  if (side > LONGEST_SIDE) {
    throw new InputError(
      `Cannot write a video ${side} pixels long, at most ${LONGEST_SIDE} are possible`,
    );
  }
}

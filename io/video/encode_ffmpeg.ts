import { resolve } from "@std/path";
import type { ClipShape } from "./clip.ts";
import { type ClipStream, picturesOf } from "./clip_stream.ts";
import { requireProgram, start } from "./ffmpeg.ts";

// Colours are converted as BT.709 and said to be so: without the tag, players
// guess from the size of the picture.
const COLOUR = [
  ...["-vf", "scale=out_color_matrix=bt709:out_range=tv"],
  ...["-pix_fmt", "yuv420p", "-color_range", "tv", "-colorspace", "bt709"],
  ...["-color_primaries", "bt709", "-color_trc", "bt709"],
];

const MP4 = [
  ...["-c:v", "libx264", "-crf", "18", "-movflags", "+faststart"],
  ...["-f", "mp4"],
];

const WEBM = [
  ...["-c:v", "libvpx-vp9", "-crf", "24", "-b:v", "0", "-row-mt", "1"],
  ...["-deadline", "good", "-cpu-used", "4", "-f", "webm"],
];

/** Says that the installed ffmpeg was built without the encoder asked for. */
export class MissingEncoderError extends Error {
  override readonly name = "MissingEncoderError";
}

/** A WebM (VP9) of a clip with even sides; an InputError where ffmpeg is missing. */
export async function encodeWebm(
  clip: ClipStream,
  folder: string,
  comment?: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const ffmpeg = await requireProgram("ffmpeg", "Writing a .webm file");
  return await encodeWithFfmpeg(ffmpeg, "webm", clip, folder, comment);
}

/**
 * Encodes a clip of even sides with the program `ffmpeg`: H.264 in MP4 or VP9
 * in WebM. `comment` becomes the file's comment tag. The program goes back and
 * forth in its output, so that it needs a temporary file, made in `folder`.
 */
export async function encodeWithFfmpeg(
  ffmpeg: string,
  format: "mp4" | "webm",
  clip: ClipStream,
  folder: string,
  comment?: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const path = await Deno.makeTempFile({
    dir: folder,
    prefix: ".",
    suffix: `.${format}.tmp`,
  });
  try {
    const args = fileArguments(format, clip, resolve(path), comment);
    const { success, log } = await encoded(ffmpeg, args, clip);
    if (success) return await Deno.readFile(path);
    const Kind = log.includes("Unknown encoder") ? MissingEncoderError : Error;
    throw new Kind(`Cannot encode ${format} with ${ffmpeg}: ${log}`);
  } finally {
    await Deno.remove(path);
  }
}

async function encoded(
  ffmpeg: string,
  args: readonly string[],
  clip: ClipStream,
): Promise<{ success: boolean; log: string }> {
  const process = start(ffmpeg, args, pixels(clip));
  try {
    await process.stdout.cancel();
    return await process.ended;
  } catch (error) {
    process.stop(); // the frames broke off
    throw error;
  }
}

function fileArguments(
  format: "mp4" | "webm",
  { width, height, fps }: ClipShape,
  path: string,
  comment: string | undefined,
): string[] {
  return [
    ...["-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24"],
    ...["-s", `${width}x${height}`, "-r", `${fps}`, "-i", "pipe:0"],
    ...COLOUR,
    ...(format === "mp4" ? MP4 : WEBM),
    // No versions, dates or random ids: the same clip gives the same bytes.
    ...["-fflags", "+bitexact", "-flags:v", "+bitexact"],
    ...(comment === undefined ? [] : ["-metadata", `comment=${comment}`]),
    `file:${path}`,
  ];
}

async function* pixels(
  clip: ClipStream,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for await (const { data } of picturesOf(clip)) yield new Uint8Array(data);
}

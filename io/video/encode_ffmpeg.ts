import { resolve } from "@std/path";
import { type Clip, pictureAt } from "./clip.ts";
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
  clip: Clip,
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
  clip: Clip,
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
    const process = start(ffmpeg, args, pictures(clip));
    await process.stdout.cancel();
    const { success, log } = await process.ended;
    if (success) return await Deno.readFile(path);
    const Kind = log.includes("Unknown encoder") ? MissingEncoderError : Error;
    throw new Kind(`Cannot encode ${format} with ${ffmpeg}: ${log}`);
  } finally {
    await Deno.remove(path);
  }
}

function fileArguments(
  format: "mp4" | "webm",
  { width, height, fps }: Clip,
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

function* pictures(clip: Clip): Generator<Uint8Array<ArrayBuffer>> {
  for (let f = 0; f < clip.frames; f++) {
    yield new Uint8Array(pictureAt(clip, f).data);
  }
}

import { resolve } from "@std/path";
import type { ClipShape } from "./clip.ts";
import { type ClipStream, picturesOf } from "./clip_stream.ts";
import { type Ended, requireProgram, start } from "./ffmpeg.ts";

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

/** Writes a WebM (VP9) of a clip with even sides; an InputError where ffmpeg is missing. */
export async function encodeWebm(
  clip: ClipStream,
  path: string,
  comment?: string,
): Promise<void> {
  const ffmpeg = await requireProgram("ffmpeg", "Writing a .webm file");
  await encodeWithFfmpeg(ffmpeg, "webm", clip, path, comment);
}

/**
 * Encodes a clip of even sides with the program `ffmpeg` into the file `path`:
 * H.264 in MP4 or VP9 in WebM. `comment` becomes the file's comment tag. What
 * was written is read back: an Error says why it is not whole.
 */
export async function encodeWithFfmpeg(
  ffmpeg: string,
  format: "mp4" | "webm",
  clip: ClipStream,
  path: string,
  comment?: string,
): Promise<void> {
  const args = fileArguments(format, clip, resolve(path), comment);
  const { log, ...ended } = await encoded(ffmpeg, args, clip);
  if (log.includes("Unknown encoder")) {
    throw new MissingEncoderError(`${ffmpeg} cannot encode ${format}: ${log}`);
  }
  // A full disk does not make every ffmpeg fail, but each says something then.
  if (!ended.success || log !== "") throw new Error(reasonOf(ended, log));
  const frames = await countPackets(ffmpeg, path);
  if (frames !== clip.frames) {
    throw new Error(
      `${ffmpeg} wrote ${frames} of ${clip.frames} frames that can be read back`,
    );
  }
}

/** Why ffmpeg failed, in the system's words where it is the disk. */
function reasonOf({ signal }: Omit<Ended, "log">, log: string): string {
  if (signal === "SIGXFSZ") return "File too large";
  const disk = /No space left on device|File too large|Disk quota exceeded/
    .exec(log);
  return disk?.[0] ?? `ffmpeg ended${signal ? ` by ${signal}` : ""}: ${log}`;
}

/** How many frames a program finds in a video file, none of a damaged one. */
async function countPackets(ffmpeg: string, path: string): Promise<number> {
  const { stdout, ended } = start(ffmpeg, [
    ...["-v", "error", "-xerror", "-nostdin", "-i", `file:${resolve(path)}`],
    ...["-c", "copy", "-f", "framecrc", "pipe:1"],
  ]);
  const lines = (await new Response(stdout).text()).split("\n");
  const { success, log } = await ended;
  if (!success || log !== "") return 0;
  return lines.filter((line) => /^\d/.test(line)).length;
}

async function encoded(
  ffmpeg: string,
  args: readonly string[],
  clip: ClipStream,
): Promise<Ended> {
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
    ...["-v", "error", "-xerror", "-y", "-f", "rawvideo"],
    ...["-pix_fmt", "rgb24", "-s", `${width}x${height}`],
    ...["-r", `${fps}`, "-i", "pipe:0"],
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

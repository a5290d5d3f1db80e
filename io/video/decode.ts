import { InputError } from "../../core/errors.ts";
import { checkClip, type Clip, type ClipShape } from "./clip.ts";
import { requireProgram, type Running, start } from "./ffmpeg.ts";
import { inputArguments, probeVideo } from "./probe.ts";

/** What decodeFrames() makes of a file. */
export interface DecodeOptions {
  /** Pixels from top to bottom. */
  readonly height: number;
  /** Pixels from left to right. */
  readonly width: number;
  /** Frames a second, by repeating or leaving out; by default the file's own. */
  readonly fps?: number;
  /** Stops after so many; by default at the end of the file. */
  readonly frames?: number;
}

/**
 * Decodes a video file with ffmpeg, one picture [height, width, 3] of 8-bit RGB
 * at a time: scaled to cover the size asked for, then cropped in the middle.
 * Never more than one picture is held. Throws an InputError if ffmpeg is
 * missing or the file is damaged.
 */
export async function* decodeFrames(
  path: string,
  { height, width, ...timing }: DecodeOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const size = `${width}:${height}`;
  const process = await startDecoding(path, timing, [
    "scale=iw*sar:ih", // pixels that are not square
    `scale=${size}:force_original_aspect_ratio=increase`,
    `crop=${size}`,
  ], ["-f", "rawvideo", "-pix_fmt", "rgb24"]);
  try {
    yield* pieces(process.stdout, 3 * height * width);
    const { success, log } = await process.ended;
    if (!success) throw new InputError(`Cannot decode ${path}: ${log}`);
  } finally {
    process.stop();
    await process.ended;
  }
}

/**
 * The first frames of a video file as a clip of the model's shape: at its
 * frame rate, scaled to cover its size, cropped in the middle. Throws an
 * InputError if the file is missing, no video or too short, or if ffmpeg is
 * missing.
 */
export async function decodeClip(
  path: string,
  shape: ClipShape,
): Promise<Clip> {
  await probeVideo(path);
  const bytes = 3 * shape.height * shape.width;
  const data = new Uint8Array(shape.frames * bytes);
  checkClip(shape, data);
  let count = 0;
  for await (const picture of decodeFrames(path, shape)) {
    data.set(picture, bytes * count++);
  }
  if (count < shape.frames) throw tooShort(path, count, shape);
  const { frames, height, width, fps } = shape;
  return { frames, height, width, fps, data };
}

/**
 * Throws an InputError unless a file is a video that gives so many frames at
 * that rate. Its length is taken from what it says, and where that is not
 * plainly enough, from decoding it: frames may be missing, or last unevenly.
 */
export async function checkLength(
  path: string,
  { frames, fps }: Pick<ClipShape, "frames" | "fps">,
): Promise<void> {
  const { seconds = 0 } = await probeVideo(path);
  if (seconds * fps > frames + 1) return;
  const small = ["scale=8:8:flags=neighbor"];
  const lines = ["-f", "framecrc"];
  const process = await startDecoding(path, { frames, fps }, small, lines);
  const text = await new Response(process.stdout).text();
  const { success, log } = await process.ended;
  if (!success) throw new InputError(`Cannot decode ${path}: ${log}`);
  const count = text.match(/^\d/gm)?.length ?? 0;
  if (count < frames) throw tooShort(path, count, { frames, fps });
}

function tooShort(
  path: string,
  count: number,
  { frames, fps }: Pick<ClipShape, "frames" | "fps">,
): InputError {
  return new InputError(
    `${path} is too short: it gives ${count} frames at ${fps} a second, ${frames} are needed`,
  );
}

async function startDecoding(
  path: string,
  { fps, frames }: Pick<DecodeOptions, "fps" | "frames">,
  filters: readonly string[],
  output: readonly string[],
): Promise<Running> {
  const ffmpeg = await requireProgram("ffmpeg", `Reading ${path}`);
  const all = fps === undefined ? filters : [`fps=${fps}`, ...filters];
  return start(ffmpeg, [
    ...["-v", "error", "-nostdin", ...inputArguments(path)],
    ...["-map", "0:V:0", "-vf", all.join(",")],
    ...(frames === undefined ? [] : ["-frames:v", `${frames}`]),
    ...[...output, "pipe:1"],
  ]);
}

/** Cuts a stream into pieces of `bytes`; an incomplete last one is dropped. */
async function* pieces(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  bytes: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let piece = new Uint8Array(bytes);
  let filled = 0;
  for await (let part of stream) {
    while (part.length > 0) {
      const taken = part.subarray(0, bytes - filled);
      piece.set(taken, filled);
      filled += taken.length;
      part = part.subarray(taken.length);
      if (filled < bytes) continue;
      yield piece;
      piece = new Uint8Array(bytes);
      filled = 0;
    }
  }
}

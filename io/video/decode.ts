import { InputError } from "../../core/errors.ts";
import { checkClip, type Clip, type ClipShape } from "./clip.ts";
import { requireProgram, start } from "./ffmpeg.ts";
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
 * missing and an Error if the file is damaged.
 */
export async function* decodeFrames(
  path: string,
  { height, width, fps, frames }: DecodeOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const ffmpeg = await requireProgram("ffmpeg", `Reading ${path}`);
  const filters = [
    ...(fps === undefined ? [] : [`fps=${fps}`]),
    "scale=iw*sar:ih", // pixels that are not square
    `scale=${width}:${height}:force_original_aspect_ratio=increase`,
    `crop=${width}:${height}`,
  ];
  const process = start(ffmpeg, [
    ...["-v", "error", "-nostdin", ...inputArguments(path)],
    ...["-map", "0:V:0", "-vf", filters.join(",")],
    ...(frames === undefined ? [] : ["-frames:v", `${frames}`]),
    ...["-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"],
  ]);
  try {
    yield* pieces(process.stdout, 3 * height * width);
    const { success, log } = await process.ended;
    if (!success) throw new Error(`Cannot decode ${path}: ${log}`);
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
  const info = await probeVideo(path);
  const bytes = 3 * shape.height * shape.width;
  const data = new Uint8Array(shape.frames * bytes);
  checkClip(shape, data);
  let count = 0;
  for await (const picture of decodeFrames(path, shape)) {
    data.set(picture, bytes * count++);
  }
  if (count < shape.frames) {
    throw new InputError(
      `${path} is too short: its ${info.frames} frames at ${info.fps} a second give ${count} ` +
        `at ${shape.fps} a second, ${shape.frames} are needed`,
    );
  }
  const { frames, height, width, fps } = shape;
  return { frames, height, width, fps, data };
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

import { writeAll } from "../atomic.ts";
import type { ClipStream } from "./clip_stream.ts";
import { encodeWithFfmpeg, MissingEncoderError } from "./encode_ffmpeg.ts";
import { findProgram, requireProgram } from "./ffmpeg.ts";
import { encodeMp4Wasm } from "./mp4_wasm.ts";

/** How encodeMp4() encodes, and the file's comment tag. */
export interface Mp4Options {
  /** By default ffmpeg where it is installed with x264, else wasm. */
  readonly with?: "ffmpeg" | "wasm" | undefined;
  readonly comment?: string | undefined;
}

/** Writes an MP4 (H.264) of a clip with even sides to `file`, which is open at `path`. */
export async function encodeMp4(
  clip: ClipStream,
  file: Deno.FsFile,
  path: string,
  { with: encoder, comment }: Mp4Options = {},
): Promise<void> {
  const ffmpeg = encoder === "ffmpeg"
    ? await requireProgram("ffmpeg", "Encoding MP4 with ffmpeg")
    : encoder === undefined
    ? await findProgram("ffmpeg")
    : undefined;
  try {
    if (ffmpeg !== undefined) {
      return await encodeWithFfmpeg(ffmpeg, "mp4", clip, path, comment);
    }
  } catch (error) {
    // Some builds leave x264 out for its licence.
    const without = error instanceof MissingEncoderError;
    if (encoder === "ffmpeg" || !without) throw error;
  }
  await file.truncate();
  await writeAll(file, await encodeMp4Wasm(clip, comment));
}

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

/** An MP4 (H.264) of a clip with even sides; ffmpeg needs a temporary file in `folder`. */
export async function encodeMp4(
  clip: ClipStream,
  folder: string,
  { with: encoder, comment }: Mp4Options = {},
): Promise<Uint8Array<ArrayBuffer>> {
  if (encoder === "wasm") return await encodeMp4Wasm(clip, comment);
  const ffmpeg = encoder === "ffmpeg"
    ? await requireProgram("ffmpeg", "Encoding MP4 with ffmpeg")
    : await findProgram("ffmpeg");
  if (ffmpeg === undefined) return await encodeMp4Wasm(clip, comment);
  try {
    return await encodeWithFfmpeg(ffmpeg, "mp4", clip, folder, comment);
  } catch (error) {
    // Some builds leave x264 out for its licence.
    const without = error instanceof MissingEncoderError;
    if (encoder === "ffmpeg" || !without) throw error;
    return await encodeMp4Wasm(clip, comment);
  }
}

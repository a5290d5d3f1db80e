import { requireProgram } from "../io/video/ffmpeg.ts";
import { videoExtension } from "../io/video/formats.ts";
import { checkFileWritable } from "../io/writable_folder.ts";

/** The file beside a clip that tells how it was made. */
export function recordOf(clip: string): string {
  return `${clip}.json`;
}

/**
 * Checks before any work that a clip, and the record beside it, can be written:
 * its ending is one of a video, ffmpeg is there if the ending needs it, and the
 * folder, or the nearest one above it that exists, takes files of these names.
 * Throws InputError.
 */
export async function checkOutput(path: string): Promise<void> {
  if (videoExtension(path) === ".webm") {
    await requireProgram("ffmpeg", "Writing a .webm file");
  }
  await checkFileWritable(path);
  await checkFileWritable(recordOf(path));
}

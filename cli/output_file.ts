import { dirname } from "@std/path";
import { InputError } from "../core/errors.ts";
import { requireProgram } from "../io/video/ffmpeg.ts";
import { videoExtension } from "../io/video/formats.ts";
import { checkWritable, kindOf } from "../io/writable_folder.ts";

/**
 * Checks before any work that a clip can be written to `path`: its ending is
 * one of a video, ffmpeg is there if the ending needs it, and the folder, or
 * the nearest one above it that exists, takes files. Throws InputError.
 */
export async function checkOutput(path: string): Promise<void> {
  if (videoExtension(path) === ".webm") {
    await requireProgram("ffmpeg", "Writing a .webm file");
  }
  if ((await kindOf(path)) === "folder") {
    throw new InputError(`Cannot write ${path}: it is a folder`);
  }
  await checkWritable(dirname(path), path);
}

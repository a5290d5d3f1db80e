import { dirname } from "@std/path";
import { InputError } from "../core/errors.ts";
import { requireProgram } from "../io/video/ffmpeg.ts";
import { videoExtension } from "../io/video/formats.ts";

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
  let folder = dirname(path);
  let kind = await kindOf(folder);
  while (kind === "nothing" && dirname(folder) !== folder) {
    folder = dirname(folder);
    kind = await kindOf(folder);
  }
  if (kind !== "folder") {
    throw new InputError(`Cannot write ${path}: ${folder} is no folder`);
  }
  try {
    await Deno.remove(await Deno.makeTempFile({ dir: folder, prefix: "." }));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`Cannot write ${path}: ${reason}`, { cause });
  }
}

async function kindOf(path: string): Promise<"folder" | "file" | "nothing"> {
  try {
    return (await Deno.stat(path)).isDirectory ? "folder" : "file";
  } catch {
    return "nothing";
  }
}

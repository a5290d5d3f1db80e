import { basename, dirname, join } from "@std/path";
import { InputError, reasonOf } from "../core/errors.ts";

/**
 * Checks, without leaving anything behind, that a file can be put at `path`.
 * Throws an InputError if a folder is there, or as checkWritable() does.
 */
export async function checkFileWritable(path: string): Promise<void> {
  if (await kindOf(path) === "folder") {
    throw new InputError(`Cannot write ${path}: it is a folder`);
  }
  await checkWritable(dirname(path), path, [basename(path)]);
}

/**
 * Checks, without leaving anything behind, that files can be put into a folder:
 * it, or the nearest one above it that exists, takes them, and `names` are none
 * that its disk refuses. Throws an InputError that calls what is to be written
 * `what`.
 */
export async function checkWritable(
  folder: string,
  what: string = folder,
  names: readonly string[] = [],
): Promise<void> {
  const tried = [...names];
  let above = folder;
  let kind = await kindOf(above);
  while (kind === "nothing" && dirname(above) !== above) {
    tried.push(basename(above));
    above = dirname(above);
    kind = await kindOf(above);
  }
  if (kind !== "folder") {
    throw new InputError(`Cannot write ${what}: ${above} is no folder`);
  }
  try {
    await Deno.remove(await Deno.makeTempFile({ dir: above, prefix: "." }));
    for (const name of tried) await tryName(join(above, name));
  } catch (cause) {
    throw new InputError(`Cannot write ${what}: ${reasonOf(cause)}`, { cause });
  }
}

/** Throws what the system says of a name that is too long, or that no file can have. */
async function tryName(path: string): Promise<void> {
  try {
    await Deno.lstat(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** What is at a path. */
export async function kindOf(
  path: string,
): Promise<"folder" | "file" | "nothing"> {
  try {
    return (await Deno.stat(path)).isDirectory ? "folder" : "file";
  } catch {
    return "nothing";
  }
}

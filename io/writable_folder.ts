import { dirname } from "@std/path";
import { InputError } from "../core/errors.ts";

/**
 * Checks, without leaving anything behind, that files can be put into a folder:
 * it, or the nearest one above it that exists, takes them. Throws an InputError
 * that calls what is to be written `what`.
 */
export async function checkWritable(
  folder: string,
  what: string = folder,
): Promise<void> {
  let above = folder;
  let kind = await kindOf(above);
  while (kind === "nothing" && dirname(above) !== above) {
    above = dirname(above);
    kind = await kindOf(above);
  }
  if (kind !== "folder") {
    throw new InputError(`Cannot write ${what}: ${above} is no folder`);
  }
  try {
    await Deno.remove(await Deno.makeTempFile({ dir: above, prefix: "." }));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`Cannot write ${what}: ${reason}`, { cause });
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

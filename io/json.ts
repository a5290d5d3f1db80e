import { InputError } from "../core/errors.ts";
import { type JsonObject, parseObject } from "../core/json.ts";

/** Configurations are kilobytes; the largest tokenizers about 20 MB. */
const MAX_BYTES = 128 * 2 ** 20;

/** An InputError that says in words why the system would not read `path`. */
export function readError(path: string, cause: unknown): InputError {
  const reason = cause instanceof Deno.errors.NotFound
    ? "there is no such file"
    : cause instanceof Deno.errors.IsADirectory
    ? "it is a folder"
    : cause instanceof Error
    ? cause.message
    : String(cause);
  return new InputError(`Cannot read ${path}: ${reason}`, { cause });
}

/** The error for a folder, a pipe or a device in the place of a file. */
export function notAFile(path: string): InputError {
  return new InputError(`Cannot read ${path}: it is not a regular file`);
}

/**
 * Reads a JSON file that must hold an object.
 *
 * @throws InputError naming the file if it is missing, too large or no object.
 */
export async function readJsonObject(path: string): Promise<JsonObject> {
  return parseObject(path, await readSmallFile(path));
}

/** Reads a whole file of at most 128 MiB; throws InputError naming it. */
export async function readSmallFile(
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const { size, isFile, isDirectory } = await Deno.stat(path);
    // Pipes and devices may never end.
    if (!isFile && !isDirectory) throw notAFile(path);
    if (size > MAX_BYTES) {
      throw new Error(
        `it has ${size} bytes, at most ${MAX_BYTES} are accepted`,
      );
    }
    return await Deno.readFile(path);
  } catch (cause) {
    throw cause instanceof InputError ? cause : readError(path, cause);
  }
}

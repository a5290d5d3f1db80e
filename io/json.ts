import { type JsonObject, parseObject } from "../core/json.ts";
import { DISK } from "./disk.ts";
import { type FileSource, readError } from "./file_source.ts";

/** Configurations are kilobytes; the largest tokenizers about 20 MB. */
const MAX_BYTES = 128 * 2 ** 20;

/**
 * Reads a JSON file that must hold an object.
 *
 * @throws InputError naming the file if it is missing, too large or no object.
 */
export async function readJsonObject(
  path: string,
  files: FileSource = DISK,
): Promise<JsonObject> {
  return parseObject(path, await readSmallFile(path, files));
}

/** Reads a whole file of at most 128 MiB; throws InputError naming it. */
export async function readSmallFile(
  path: string,
  files: FileSource = DISK,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    using file = await files.open(path);
    if (file.size > MAX_BYTES) {
      throw new Error(
        `it has ${file.size} bytes, at most ${MAX_BYTES} are accepted`,
      );
    }
    return await file.read(0, file.size);
  } catch (cause) {
    throw readError(path, cause);
  }
}

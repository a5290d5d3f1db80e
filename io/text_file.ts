import { decodeText } from "../core/decode_text.ts";
import { readSmallFile } from "./json.ts";

/**
 * Reads a text file of the user's, see {@link decodeText}.
 *
 * @throws InputError naming the file if it is missing or too large, and the line that is no text.
 */
export async function readText(path: string): Promise<string> {
  return decodeText(path, await readSmallFile(path));
}

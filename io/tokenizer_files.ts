import { join } from "@std/path";
import { foreignFile } from "../core/foreign_file.ts";
import { DISK } from "./disk.ts";
import { type FileSource, readError } from "./file_source.ts";
import { readSmallFile } from "./json.ts";

/** The files of a tokenizer folder that matter, as they are called on the hub. */
const NAMES = [
  "tokenizer.json",
  "spiece.model",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
];

/**
 * Reads the files of a tokenizer folder, by name; absent ones are left out, and so
 * is `spiece.model` where `tokenizer.json` says the same.
 *
 * @throws InputError naming the folder if it is missing.
 */
export async function readTokenizerFiles(
  folder: string,
  source: FileSource = DISK,
): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const present = new Set(await source.list(folder));
  if (present.has("tokenizer.json")) present.delete("spiece.model");
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const name of NAMES) {
    if (!present.has(name)) continue;
    const path = join(folder, name);
    const bytes = await readSmallFile(path, source);
    const foreign = foreignFile(bytes);
    if (foreign !== undefined) throw readError(path, `it is ${foreign}`);
    files.set(name, bytes);
  }
  return files;
}

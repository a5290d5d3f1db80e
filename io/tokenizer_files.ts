import { join } from "@std/path";
import { DISK } from "./disk.ts";
import type { FileSource } from "./file_source.ts";
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
    if (present.has(name)) {
      files.set(name, await readSmallFile(join(folder, name), source));
    }
  }
  return files;
}

import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
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
): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const present = new Set<string>();
  try {
    for await (const { name } of Deno.readDir(folder)) present.add(name);
  } catch (cause) {
    throw new InputError(
      `Cannot read the tokenizer folder ${folder}: there is none`,
      { cause },
    );
  }
  if (present.has("tokenizer.json")) present.delete("spiece.model");
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const name of NAMES) {
    if (present.has(name)) {
      files.set(name, await readSmallFile(join(folder, name)));
    }
  }
  return files;
}

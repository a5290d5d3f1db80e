import { basename, join } from "@std/path";
import { InputError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { readJsonObject } from "../../io/json.ts";
import { readError } from "../../io/file_source.ts";

/** Whether `path` is a file. */
export async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

/** A case that was found and not opened yet. */
export interface Found {
  readonly path: string;
  readonly json: JsonObject;
  readonly kind: string;
  readonly op: string;
  /** `KIND/NAME`. */
  readonly label: string;
}

/** All cases below a folder, in order: JSON files with a `kind` and an `op`. */
export async function findCases(folder: string): Promise<Found[]> {
  const found: Found[] = [];
  for (const path of (await jsonFiles(folder)).sort()) {
    const json = await readCaseJson(path);
    const { kind, op } = json ?? {};
    if (json && typeof kind === "string" && typeof op === "string") {
      const label = `${kind}/${basename(path, ".json")}`;
      found.push({ path, json, kind, op, label });
    }
  }
  return found;
}

async function jsonFiles(folder: string): Promise<string[]> {
  const paths: string[] = [];
  try {
    for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
      const path = join(folder, name);
      if (isDirectory) paths.push(...await jsonFiles(path));
      else if (isFile && name.endsWith(".json")) paths.push(path);
    }
  } catch (cause) {
    throw cause instanceof InputError ? cause : readError(folder, cause);
  }
  return paths;
}

/** Fixtures hold broken JSON on purpose: that is no case. */
async function readCaseJson(path: string): Promise<JsonObject | undefined> {
  try {
    return await readJsonObject(path);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

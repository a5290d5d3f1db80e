import { join } from "@std/path";
import { hint, InputError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import { cut, shown, some } from "../core/shown.ts";
import { DISK } from "./disk.ts";
import type { FileSource } from "./file_source.ts";
import { readJsonObject } from "./json.ts";

/** A pipeline folder: its class, and the class of each part that it has. */
export interface ModelIndex {
  /** Where it was read. */
  readonly folder: string;
  /** What it was read from. */
  readonly files: FileSource;
  /** For example `WanPipeline`. */
  readonly className: string;
  /** Class names by part, for example `vae` -> `AutoencoderKLWan`. */
  readonly parts: ReadonlyMap<string, string>;
  /** The other entries, for example `boundary_ratio`. */
  readonly settings: JsonObject;
}

/**
 * Reads the `model_index.json` of a pipeline folder.
 *
 * @throws InputError if it is missing or malformed.
 */
export async function readModelIndex(
  folder: string,
  files: FileSource = DISK,
): Promise<ModelIndex> {
  const path = join(folder, "model_index.json");
  const { _class_name: className, ...entries } = await readJsonObject(
    path,
    files,
  );
  if (typeof className !== "string") {
    throw new InputError(`Cannot read ${path}: _class_name must be a text`);
  }
  const parts = new Map<string, string>();
  const settings: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(entries)) {
    if (name.startsWith("_")) continue;
    if (!/^\w{1,64}$/.test(name)) {
      throw new InputError(
        `Cannot read ${path}: it has the key ${
          shown(name)
        }, accepted are names of letters, digits and _`,
      );
    }
    if (!Array.isArray(value) || value.length !== 2) settings[name] = value;
    else if (typeof value[1] === "string") parts.set(name, value[1]);
    else if (value[1] !== null) settings[name] = value;
  }
  return { folder, files, className, parts, settings };
}

/**
 * The folder of one part of a pipeline.
 *
 * @throws InputError if the pipeline has no such part or its folder is missing.
 */
export async function partFolder(
  index: ModelIndex,
  part: string,
): Promise<string> {
  const { folder, files, className, parts } = index;
  if (!parts.has(part)) {
    throw new InputError(
      `Cannot read ${folder}: this ${cut(className)} has no ${part}${
        hint(part, parts.keys())
      }, its parts are ${some([...parts.keys()], 16)}`,
    );
  }
  const path = join(folder, part);
  if ((await files.stat(path))?.kind === "folder") return path;
  throw new InputError(
    `Cannot read ${folder}: its model_index.json names ${part} (${
      cut(parts.get(part)!)
    }), but there is no folder ${part}`,
  );
}

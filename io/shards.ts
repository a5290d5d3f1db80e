import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { isObject } from "../core/json.ts";
import { cut, shown } from "../core/shown.ts";
import type { FileSource } from "./file_source.ts";
import { readJsonObject } from "./json.ts";
import { SafetensorsFile } from "./safetensors.ts";

/** The open files of a checkpoint, and which of them holds each tensor. */
export interface Shards extends Disposable {
  readonly files: readonly SafetensorsFile[];
  readonly fileOf: ReadonlyMap<string, SafetensorsFile>;
}

/** A checkpoint that is one file. */
export async function openSingle(
  path: string,
  source: FileSource,
): Promise<Shards> {
  const file = await SafetensorsFile.open(path, source);
  return shards(
    [file],
    new Map([...file.tensors.keys()].map((name) => [name, file])),
  );
}

/**
 * A checkpoint in several files, named by an index in the same folder.
 *
 * @throws InputError if the index is malformed, names a path outside the folder,
 * a file that is missing, or a tensor that its file does not hold.
 */
export async function openSharded(
  folder: string,
  indexName: string,
  source: FileSource,
): Promise<Shards> {
  const index = join(folder, indexName);
  const weightMap = parseWeightMap(index, await readJsonObject(index, source));
  const open = new Map<string, SafetensorsFile>();
  const fileOf = new Map<string, SafetensorsFile>();
  try {
    for (const [tensor, shard] of weightMap) {
      let file = open.get(shard);
      if (file === undefined) {
        file = await openShard(index, join(folder, shard), source);
        open.set(shard, file);
      }
      if (!file.tensors.has(tensor)) {
        throw new InputError(
          `Cannot read ${index}: it places tensor ${
            cut(tensor)
          } in ${shard}, which does not hold it`,
        );
      }
      fileOf.set(tensor, file);
    }
  } catch (error) {
    for (const file of open.values()) file[Symbol.dispose]();
    throw error;
  }
  return shards([...open.values()], fileOf);
}

function shards(
  files: readonly SafetensorsFile[],
  fileOf: ReadonlyMap<string, SafetensorsFile>,
): Shards {
  return {
    files,
    fileOf,
    [Symbol.dispose]() {
      for (const file of files) file[Symbol.dispose]();
    },
  };
}

function parseWeightMap(
  index: string,
  { weight_map: map }: Readonly<Record<string, unknown>>,
): [string, string][] {
  if (!isObject(map)) {
    throw new InputError(`Cannot read ${index}: weight_map must be an object`);
  }
  return Object.entries(map).map(([tensor, shard]) => {
    if (typeof shard !== "string" || !isInside(shard)) {
      throw new InputError(
        `Cannot read ${index}: it places tensor ${cut(tensor)} in ${
          shown(shard)
        }, but a shard must be a .safetensors file in the same folder`,
      );
    }
    return [tensor, shard];
  });
}

/**
 * Whether a name from an index is one of a file in its folder, on every system.
 * The file may be a link, as all are in the hub's cache.
 */
function isInside(name: string): boolean {
  return name.endsWith(".safetensors") && !/[\\/:\0]/.test(name);
}

async function openShard(
  index: string,
  shard: string,
  source: FileSource,
): Promise<SafetensorsFile> {
  try {
    return await SafetensorsFile.open(shard, source);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${error.message} (a shard named in ${index})`, {
      cause: error,
    });
  }
}

import { fromFileUrl } from "@std/path";
import { InputError } from "../core/errors.ts";
import { DISK, diskFiles } from "../io/disk.ts";
import { readEnv } from "../io/env.ts";
import type { FileSource } from "../io/file_source.ts";
import { CachedRepo, hubCache, isRepoId } from "../io/hub/cache.ts";
import { webFiles } from "../io/web_files.ts";

/** The folder of the embedded model, wherever this library was loaded from. */
export const EMBEDDED_MODEL: URL = new URL("../assets/tiny", import.meta.url);

const FETCH = "deno run -A @qvgen/qvgen/cli download";

/**
 * A model: `tiny` (the embedded one), a folder on the disk or on a web server, an
 * id of the hub in whose cache it is, or any other source of files.
 */
export type ModelName = string | URL | FileSource;

/** The files of a model. Throws InputError for one of the hub that was not fetched, and for other addresses. */
export async function modelFiles(model: ModelName): Promise<FileSource> {
  if (typeof model !== "string" && !(model instanceof URL)) return model;
  if (model === "tiny") return filesAt(EMBEDDED_MODEL);
  if (/^(https?|file):/.test(String(model))) return filesAt(new URL(model));
  if (typeof model !== "string") return filesAt(model);
  return diskFiles(await cachedModel(model, model, FETCH) ?? model);
}

function filesAt(url: URL): FileSource {
  if (url.protocol === "file:") return diskFiles(fromFileUrl(url));
  if (/^https?:$/.test(url.protocol)) return webFiles(url);
  throw new InputError(
    `Cannot read ${url}: accepted is an address of file:, http: or https:`,
  );
}

/**
 * The folder of a model of the hub in the cache; undefined where there is a
 * folder `path`, and for what is no id. Throws InputError naming the command
 * that fetches it.
 */
export async function cachedModel(
  id: string,
  path: string,
  fetchWith: string,
): Promise<string | undefined> {
  if (!isRepoId(id) || (await DISK.stat(path))?.kind === "folder") {
    return undefined;
  }
  const cache = hubCache(readEnv);
  const found = cache && await new CachedRepo(cache, id).find();
  if (found) return found;
  throw new InputError(
    `${id} is no folder and not in the hub's cache${
      cache ? ` ${cache}` : ""
    }: fetch it with ${fetchWith} ${id}`,
  );
}

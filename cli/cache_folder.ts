import { join } from "@std/path";
import { pathFrom } from "../io/hub/cache.ts";
import { readEnv } from "../io/env.ts";

/** A folder or file of this program in the user's cache; undefined where none is known or permitted. */
export function cacheFolder(name: string): string | undefined {
  const home = readEnv("HOME");
  const folder = pathFrom(readEnv, "XDG_CACHE_HOME") ||
    readEnv("LOCALAPPDATA") ||
    (home && join(home, ".cache"));
  return folder ? join(folder, "qvgen", name) : undefined;
}

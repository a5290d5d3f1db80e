import { resolve } from "@std/path";
import { readEnv } from "./env.ts";

/**
 * A path as the user meant it: relative to where the command was typed
 * (INIT_CWD, set by ./go and `deno task`), not to the project's folder.
 */
export function userPath(path: string): string {
  const typedIn = readEnv("INIT_CWD");
  return typedIn === undefined ? path : resolve(typedIn, path);
}

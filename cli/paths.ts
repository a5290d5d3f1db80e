import { resolve } from "@std/path";
import { atHome } from "../io/hub/expand_path.ts";
import { readEnv } from "../io/env.ts";

/**
 * A path as the user meant it: relative to where the command was typed
 * (INIT_CWD, set by ./go and `deno task`), not to the project's folder; `~` at
 * its start is the home, which shells leave alone in `--model=~/x` and in quotes.
 */
export function userPath(path: string): string {
  const typedIn = readEnv("INIT_CWD");
  const expanded = atHome(path, readEnv);
  return typedIn === undefined ? expanded : resolve(typedIn, expanded);
}

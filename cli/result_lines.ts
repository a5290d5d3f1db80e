import { relative } from "@std/path";
import { readEnv } from "../io/env.ts";
import { wrap } from "./flags/wrap.ts";

const COLUMNS = 80;

/**
 * The last words of a command: a file or folder and facts about it, on one line
 * of at most 80 columns. A long path has a line of its own, many facts several.
 */
export function resultLines(path: string, facts: readonly string[]): string {
  const shown = shownPath(path);
  const line = `${shown}  ${facts.join(", ")}`;
  if (line.length <= COLUMNS) return line;
  const wrapped = wrap(facts.join(", "), COLUMNS - 2);
  return [shown, ...wrapped.map((part) => `  ${part}`)].join("\n");
}

/** A path as the user would type it: relative where it lies below where they stand. */
export function shownPath(path: string): string {
  const typedIn = readEnv("INIT_CWD");
  const below = typedIn === undefined ? path : relative(typedIn, path);
  return below === "" || below.startsWith("..") ? path : below;
}

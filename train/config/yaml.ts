import { parse } from "@std/yaml";
import { InputError } from "../../core/errors.ts";
import { cut } from "../../core/shown.ts";

/** Far above any config. */
const MAX_CHARACTERS = 2 ** 18;
const MAX_DEPTH = 16;
const MAX_VALUES = 10_000;

/**
 * Parses YAML. Throws an InputError that begins with `where` it is from, for
 * what is none and for more values, counted as often as aliases repeat them, or
 * deeper ones than a config can have.
 */
export function parseYaml(text: string, where: string): unknown {
  if (text.length > MAX_CHARACTERS) {
    throw new InputError(
      `${where}: found ${text.length} characters, accepted are at most ${MAX_CHARACTERS}`,
    );
  }
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    // The parser goes on with the line itself, which is one line too many.
    const [reason = ""] = cause instanceof RangeError
      ? [`accepted are values nested at most ${MAX_DEPTH} deep`] // the stack's end
      : (cause instanceof Error ? cause.message : String(cause)).split(":\n");
    throw new InputError(`${where}: ${cut(reason, 200)}`, { cause });
  }
  checkSize(value, where);
  return value;
}

function checkSize(value: unknown, where: string): void {
  let left = MAX_VALUES;
  const visit = (value: unknown, depth: number): void => {
    if (depth > MAX_DEPTH) {
      throw new InputError(
        `${where}: accepted are values nested at most ${MAX_DEPTH} deep, and no alias within itself`,
      );
    }
    if (--left < 0) {
      throw new InputError(
        `${where}: accepted are at most ${MAX_VALUES} values, those of aliases counted each time`,
      );
    }
    if (typeof value !== "object" || value === null) return;
    for (const inner of Object.values(value)) visit(inner, depth + 1);
  };
  visit(value, 0);
}

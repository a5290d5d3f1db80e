import { renameKeys, snakeCase } from "../core/mapping.ts";

/** Results of --json on one line, all keys in snake_case. */
export function jsonText(value: unknown): string {
  return JSON.stringify(renameKeys(value, snakeCase));
}

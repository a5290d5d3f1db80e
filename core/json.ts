import { InputError } from "./errors.ts";
import { foreignFile } from "./foreign_file.ts";
import { cut } from "./shown.ts";

/** A JSON object whose values are not checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Nothing that is read here is nested more than about ten deep. */
const MAX_DEPTH = 32;

/** Whether a value is an object, and not an array or null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Parses UTF-8 bytes that must be a JSON object; `what` they are goes into messages.
 *
 * @throws InputError naming the file if they are not.
 */
export function parseObject(
  path: string,
  bytes: Uint8Array,
  what = "it",
): JsonObject {
  let value: unknown;
  try {
    if (isTooDeep(bytes)) throw new Error(`nested more than ${MAX_DEPTH} deep`);
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    value = JSON.parse(decoder.decode(bytes));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const foreign = foreignFile(bytes);
    throw new InputError(
      `Cannot read ${path}: ${what} is ${
        foreign
          ? `${foreign}; accepted is JSON`
          : `not JSON (${cut(reason, 200)})`
      }`,
      { cause },
    );
  }
  if (isObject(value)) return value;
  throw new InputError(`Cannot read ${path}: ${what} is not a JSON object`);
}

/** Megabytes of brackets would cost JSON.parse seconds and gigabytes. */
function isTooDeep(bytes: Uint8Array): boolean {
  let depth = 0;
  let inText = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (inText) {
      if (byte === 0x5c) i++; // a backslash, and what it escapes
      else if (byte === 0x22) inText = false;
    } else if (byte === 0x22) inText = true;
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > MAX_DEPTH) return true;
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return false;
}

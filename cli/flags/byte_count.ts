import { InputError } from "../../core/errors.ts";

const UNITS: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["B", 1],
  ["KB", 1e3],
  ["MB", 1e6],
  ["GB", 1e9],
  ["KIB", 2 ** 10],
  ["MIB", 2 ** 20],
  ["GIB", 2 ** 30],
]);

/** The bytes that `6GB`, `512 MB`, `1.5GiB` or a plain number stand for; `flag` names it in errors (InputError). */
export function byteCount(text: string, flag: string): number {
  const [, digits = "", letters = ""] =
    /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const unit = UNITS.get(letters.toUpperCase());
  const bytes = Math.floor(Number(digits) * (unit ?? NaN));
  if (digits !== "" && Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw new InputError(
    `Flag --${flag}: found ${text}, accepted is a number of bytes, as 6GB, 512MB, 1.5GiB or 800000000`,
  );
}

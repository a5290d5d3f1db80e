import { InputError } from "../../core/errors.ts";

const POWERS = ["", "K", "M", "G", "T"];

/** The bytes that `6GB`, `6G`, `512 MB`, `1.5GiB`, `1e9` or a plain number stand for; `flag` names it in errors (InputError). */
export function byteCount(text: string, flag: string): number {
  const [, digits = "", prefix = "", binary] =
    /^(\d+(?:\.\d*)?(?:e\+?\d+)?|\.\d+)\s*(?:([kmgt])(i)?)?b?$/i
      .exec(text.trim()) ?? [];
  const power = POWERS.indexOf(prefix.toUpperCase());
  const unit = (binary ? 1024 : 1000) ** power;
  const bytes = Math.floor(Number(digits) * unit);
  if (digits !== "" && Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw new InputError(
    `Flag --${flag}: found ${text}, accepted is a number of bytes, as 6GB, 512MB, 1.5GiB or 800000000`,
  );
}

import { hint, InputError } from "../../core/errors.ts";
import { acceptedWords, type Bounds } from "../../core/value_kind.ts";
import { type Flag, flagName } from "./flag_types.ts";

/** What a flag takes, in words: `an integer from 1 to 50`. */
export function accepted(flag: Flag): string {
  const cut = flag.type === "list" && flag.separator !== undefined
    ? `, split at "${flag.separator}"`
    : "";
  return acceptedWords(flag) + cut;
}

function toNumber(
  text: string,
  type: "number" | "integer",
  { min = -Infinity, max = Infinity }: Bounds,
): number | undefined {
  const value = text.trim() === "" ? NaN : Number(text);
  const right = type === "integer"
    ? Number.isSafeInteger(value)
    : Number.isFinite(value);
  return right && value >= min && value <= max ? value : undefined;
}

function convertOne(
  text: string,
  flag: Flag,
): string | number | boolean | undefined {
  switch (flag.type) {
    case "boolean":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "enum":
      return flag.values.includes(text) ? text : undefined;
    case "string":
      return text;
    case "list": {
      const of = flag.of ?? "string";
      return of === "string" ? text : toNumber(text, of, flag);
    }
    default:
      return toNumber(text, flag.type, flag);
  }
}

/** The typed value of all texts given for a flag; throws InputError. */
export function convert(
  key: string,
  flag: Flag,
  texts: readonly string[],
): string | number | boolean | (string | number | boolean)[] {
  const name = `--${flagName(key)}`;
  const refuse = (found: string): never => {
    const near = flag.type === "enum" ? hint(found, flag.values) : "";
    throw new InputError(
      `Flag ${name}: found ${JSON.stringify(found)}, accepted ${
        accepted(flag)
      }${near}`,
    );
  };
  if (flag.type !== "list") {
    if (texts.length > 1) {
      throw new InputError(
        `Flag ${name}: found ${texts.length} times, accepted once`,
      );
    }
    const text = texts[0]!;
    return convertOne(text, flag) ?? refuse(text);
  }
  const { separator } = flag;
  const parts = separator === undefined
    ? texts
    : texts.flatMap((text) => text.split(separator).map((part) => part.trim()));
  if (flag.length !== undefined && parts.length !== flag.length) {
    refuse(texts.join(separator ?? " "));
  }
  return parts.map((part) => convertOne(part, flag) ?? refuse(part));
}

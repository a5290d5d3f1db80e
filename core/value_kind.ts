/** Inclusive bounds of a number. */
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

/** Text; `accepts` says in words what it must look like. */
export interface StringKind {
  readonly type: "string";
  readonly accepts?: string;
}

/** A finite number, or a whole one. */
export interface NumberKind extends Bounds {
  readonly type: "number" | "integer";
}

/** True or false. */
export interface BooleanKind {
  readonly type: "boolean";
}

/** One of a few words. */
export interface EnumKind {
  readonly type: "enum";
  readonly values: readonly string[];
}

/** Several values of one kind, exactly `length` when given. */
export interface ListKind extends Bounds {
  readonly type: "list";
  readonly of?: "string" | "number" | "integer";
  readonly length?: number;
}

/** What a flag or a key of a config file may hold. */
export type ValueKind =
  | StringKind
  | NumberKind
  | BooleanKind
  | EnumKind
  | ListKind;

function numberWords(type: "number" | "integer", { min, max }: Bounds): string {
  const noun = type === "integer" ? "an integer" : "a number";
  if (min !== undefined && max !== undefined) {
    return `${noun} from ${min} to ${max}`;
  }
  if (min !== undefined) return `${noun} of at least ${min}`;
  return max === undefined ? noun : `${noun} of at most ${max}`;
}

/** What a value may be, in words for an error: `an integer from 1 to 50`. */
export function acceptedWords(kind: ValueKind): string {
  switch (kind.type) {
    case "boolean":
      return "true or false";
    case "enum":
      return kind.values.join(", ").replace(/, ([^,]*)$/, " or $1");
    case "string":
      return kind.accepts ?? "text";
    case "list": {
      const of = kind.of ?? "string";
      const each = of === "string" ? "text" : numberWords(of, kind);
      return `${kind.length ?? "several"} values, each ${each}`;
    }
    default:
      return numberWords(kind.type, kind);
  }
}

import { isObject } from "../core/json.ts";
import type { Dispatch, Race } from "./dispatch.ts";

/** The winner of a race. */
export interface Choice {
  /** The name of the form. */
  readonly form: string;
  /**
   * A hash of all forms that ran; the choice is void once it differs. Tables
   * that are part of the program have none.
   */
  readonly sources?: string;
}

/** Winners by the key of their race. */
export type TuningTable = Readonly<Record<string, Choice>>;

/** The form that a choice names; undefined if it has none or is out of date. */
export function chosenForm(
  { forms }: Race,
  choice: Choice | undefined,
): string | undefined {
  if (!choice || !forms.has(choice.form)) return undefined;
  const { form, sources } = choice;
  return sources === undefined || sources === sourcesHash(forms)
    ? form
    : undefined;
}

/** A hash of what the forms of a race run: names, WGSL and constants. */
export function sourcesHash(forms: Race["forms"]): string {
  const parts = [...forms].map(([name, { kernel, constants }]) =>
    `${name}\n${kernel.entry}\n${JSON.stringify(constants)}\n${
      sourceHash(kernel)
    }`
  );
  return fnv1a(parts.join("\n"));
}

const hashes = new WeakMap<object, string>();

function sourceHash(kernel: Dispatch["kernel"]): string {
  let hash = hashes.get(kernel);
  if (hash === undefined) hashes.set(kernel, hash = fnv1a(kernel.source));
  return hash;
}

/** 32-bit FNV-1a of a text, eight hexadecimal digits. */
export function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}

/** The part of an unchecked value that is a table; the rest is dropped. */
export function tableFrom(value: unknown): TuningTable {
  if (!isObject(value)) return {};
  const choices = Object.entries(value).filter(([, choice]) =>
    isObject(choice) && typeof choice["form"] === "string" &&
    ["string", "undefined"].includes(typeof choice["sources"])
  );
  return Object.fromEntries(choices) as TuningTable;
}

import * as v from "valibot";
import type { Bounds, ValueKind } from "../../core/value_kind.ts";

/** Texts of a key in --help and error messages. */
interface About {
  readonly help: string;
  readonly placeholder?: string;
  /** How a default is found that depends on other keys. */
  readonly shownDefault?: string;
}

/** A key's kind of value and its words. */
export type Field = ValueKind & About;

const fields = new WeakMap<v.GenericSchema, Field>();

function described<S extends v.GenericSchema>(schema: S, field: Field): S {
  fields.set(schema, field);
  return schema;
}

/** The field of a schema made by this file. */
export function fieldOf(schema: v.GenericSchema): Field | undefined {
  return fields.get(schema);
}

/** Bounds as a field has them: without an endless one. */
function bounds(min: number, max: number): Bounds {
  return max === Infinity ? { min } : { min, max };
}

/** A number from `min` to `max`, both allowed. */
export function number(
  min: number,
  max: number,
  about: About,
): v.GenericSchema<number> {
  return described(
    v.pipe(v.number(), v.finite(), v.minValue(min), v.maxValue(max)),
    { type: "number", ...bounds(min, max), ...about },
  );
}

/** A whole number from `min` to `max`, both allowed. */
export function integer(
  min: number,
  max: number,
  about: About,
): v.GenericSchema<number> {
  return described(
    v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max)),
    { type: "integer", ...bounds(min, max), ...about },
  );
}

/** Text that is not empty. */
export function text(about: About): v.GenericSchema<string> {
  return described(
    v.pipe(v.string(), v.nonEmpty()),
    { type: "string", accepts: "text that is not empty", ...about },
  );
}

/** True or false. */
export function flag(about: About): v.GenericSchema<boolean> {
  return described(v.boolean(), { type: "boolean", ...about });
}

/** One of `values`. */
export function choice<const T extends readonly string[]>(
  values: T,
  about: About,
): v.GenericSchema<T[number]> {
  return described(v.picklist(values), { type: "enum", values, ...about });
}

/** Exactly two numbers from `min` to `max`. */
export function pair(
  min: number,
  max: number,
  about: About,
): v.GenericSchema<[number, number]> {
  const one = v.pipe(v.number(), v.minValue(min), v.maxValue(max));
  return described(
    v.strictTuple([one, one]),
    { type: "list", of: "number", length: 2, min, max, ...about },
  );
}

/** Text or a number that `read` turns into a T, or throws. */
export function parsed<T>(
  read: (text: string) => T,
  accepts: string,
  about: About,
): v.GenericSchema<string | number, T> {
  const schema = v.pipe(
    v.union([v.string(), v.number()]),
    v.rawTransform<string | number, T>(({ dataset, addIssue, NEVER }) => {
      try {
        return read(String(dataset.value));
      } catch {
        addIssue();
        return NEVER;
      }
    }),
  );
  return described(schema, { type: "string", accepts, ...about });
}

import { InputError } from "../core/errors.ts";

/** Forms of a quantised transformer: integers, or the same codes as floats. */
const QUANTISED = ["packed", "fake"] as const;

/** Forms of the linear weights of any other; all is computed in f32. */
const PLAIN = ["f32", "f16"] as const;

/** In what form a transformer's linears are held and run. */
export type Precision = typeof QUANTISED[number] | typeof PLAIN[number];

/**
 * The precision asked for, or the best that a model has. Throws InputError
 * naming `path` if a model of its kind does not have it.
 */
export function choosePrecision(
  asked: Precision | undefined,
  quantised: boolean,
  path: string,
): Precision {
  const accepted: readonly Precision[] = quantised ? QUANTISED : PLAIN;
  const precision = asked ?? accepted[0]!;
  if (accepted.includes(precision)) return precision;
  throw new InputError(
    `Precision: found ${precision} for ${path}, which is ${
      quantised ? "quantised" : "not quantised"
    }; accepted is ${accepted.join(" or ")}`,
  );
}

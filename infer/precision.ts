import { InputError } from "../core/errors.ts";

/**
 * In what form a transformer's linears are held and run. A quantised one on
 * integers (`packed`) or on the same codes as floats (`fake`); any other with
 * weights in `f32` or `f16`, and all computed in f32.
 */
export type Precision = "packed" | "fake" | "f32" | "f16";

const QUANTISED: readonly Precision[] = ["packed", "fake"];
const PLAIN: readonly Precision[] = ["f32", "f16"];

/**
 * The precision asked for, or the best that a model has. Throws InputError
 * naming `path` if a model of its kind does not have it.
 */
export function choosePrecision(
  asked: Precision | undefined,
  quantised: boolean,
  path: string,
): Precision {
  const accepted = quantised ? QUANTISED : PLAIN;
  const precision = asked ?? accepted[0]!;
  if (accepted.includes(precision)) return precision;
  throw new InputError(
    `Precision: found ${precision} for ${path}, which is ${
      quantised ? "quantised" : "not quantised"
    }; accepted is ${accepted.join(" or ")}`,
  );
}

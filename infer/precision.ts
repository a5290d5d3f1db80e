import { InputError } from "../core/errors.ts";
import { PACKED_FORMS } from "../models/packed/load.ts";

const PLAIN_FORMS = ["f32", "f16"] as const;

/** All that `Precision` names. */
export const PRECISIONS = [...PACKED_FORMS, ...PLAIN_FORMS] as const;

/**
 * In what form a transformer's linears are held and run. A quantised one on
 * integers (`packed`) or on the same codes as floats (`fake`); any other with
 * weights in `f32` or `f16`, and all computed in f32.
 */
export type Precision = typeof PRECISIONS[number];

/**
 * The precision asked for, or the best that a model has. Throws InputError
 * naming `path` if a model of its kind does not have it.
 */
export function choosePrecision(
  asked: Precision | undefined,
  quantised: boolean,
  path: string,
): Precision {
  const accepted: readonly Precision[] = quantised ? PACKED_FORMS : PLAIN_FORMS;
  const precision = asked ?? accepted[0]!;
  if (accepted.includes(precision)) return precision;
  throw new InputError(
    `Precision: found ${precision} for ${path}, which is ${
      quantised ? "quantised" : "not quantised"
    }; accepted is ${accepted.join(" or ")}`,
  );
}

import * as v from "valibot";
import { InputError } from "./errors.ts";
import { cut, shown } from "./shown.ts";

/** A whole number from `min` to `max`. */
function whole(min: number, max: number) {
  return v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
}

// Far above any network, far below what would take minutes or gigabytes before
// the weights are looked at.

/** A width, a number of channels or of pieces, a length. */
export const count = whole(1, 2 ** 24);

/** Blocks of a network, or heads of a block. */
export const layers = whole(1, 1000);

/** Blocks of one level of an autoencoder, or the side of a patch. */
export const few = whole(1, 64);

/** What keeps a division from 0. */
export const epsilon = v.pipe(v.number(), v.gtValue(0), v.maxValue(1));

/** Levels of an autoencoder, each half the size of the one before. */
export const MAX_LEVELS = 8;

/** Complaints of a message. */
const MOST = 4;

/**
 * What a schema makes of a value from a file. Throws an InputError that begins
 * with `intro` and says of each key what was found and what is accepted.
 */
export function checked<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  intro: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const complaints = result.issues.slice(0, MOST).map(complaint);
  const rest = result.issues.length - complaints.length;
  throw new InputError(
    `${intro}: ${complaints.join("; ")}${rest > 0 ? ` and ${rest} more` : ""}`,
  );
}

/** What is accepted, by the check that failed. */
const ACCEPTED: Readonly<Record<string, (bound: unknown) => string>> = {
  integer: () => "a whole number",
  min_value: (bound) => `at least ${bound}`,
  max_value: (bound) => `at most ${bound}`,
  gt_value: (bound) => `more than ${bound}`,
  multiple_of: (bound) => `a multiple of ${bound}`,
  min_length: (bound) => `at least ${bound} entries`,
  max_length: (bound) => `at most ${bound} entries`,
  length: (bound) => `${bound} entries`,
};

function complaint(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  const key = path === null ? "it" : cut(path);
  // A check of several keys says itself what is wrong with them.
  if (issue.type === "check") return issue.message;
  if (issue.input === undefined) return `${key} is missing`;
  if (issue.expected === "never") return `${key} is an unknown key`;
  const accepted = ACCEPTED[issue.type]?.(issue.requirement) ?? issue.expected;
  return `${key}: found ${shown(issue.input)}, accepted is ${accepted}`;
}

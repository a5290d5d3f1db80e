import { InputError, reasonOf } from "../core/errors.ts";

/** Of what Deno says of a missing permission: what for, and what it was needed of. */
const MISSING = /^Requires (\w+) access(?: to (.+?))?(?:, run again .*)?$/s;

/**
 * Deno refuses what a program was not given at its start and names its own
 * flags; users of a task can do nothing with these. Any other error is itself.
 */
export function inOurWords(error: unknown): unknown {
  if (!(error instanceof Deno.errors.NotCapable)) return error;
  const [, use, what = "it"] = MISSING.exec(error.message) ?? [];
  if (use === undefined) return error;
  const name = what.replace(/^"(.*)"$/s, "$1");
  return new InputError(
    use === "all"
      ? `Cannot use ${name}: ${reasonOf(error)}`
      : `Cannot use ${name}: this command is not permitted to ${
        USES[use] ?? use
      } it`,
    { cause: error },
  );
}

/** What Deno calls uses, where the word is no verb for its object. */
const USES: Readonly<Record<string, string>> = {
  env: "look at",
  net: "connect to",
  sys: "ask the system for",
  ffi: "load",
};

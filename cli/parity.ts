import { fromFileUrl } from "@std/path";
import { hint, InputError } from "../core/errors.ts";
import { openGpu } from "../gpu/device.ts";
import { findCases, type Found } from "./parity/files.ts";
import { type Outcome, runCase, worst } from "./parity/run.ts";
import { defineCommand, type Parsed } from "./flags/flag_types.ts";
import { OUTPUT_FLAGS } from "./flags/output_flags.ts";
import { jsonText } from "./json_text.ts";
import { FailedResults, type Run, runCommand } from "./main.ts";
import { userPath } from "./paths.ts";

/** What the command line knows of `parity`. */
export const command = defineCommand({
  name: "parity",
  summary:
    "Runs recorded cases of the reference implementation and compares the results.",
  positional: {
    name: "DIR",
    help: "a folder with cases below it",
    min: 0,
    max: 64,
  },
  flags: {
    only: {
      type: "list",
      separator: ",",
      placeholder: "KIND[/NAME],...",
      help: "Run these kinds or cases alone",
    },
    json: OUTPUT_FLAGS.json,
  },
  examples: ["--only ops,svd/two_by_two", "DIR --json"],
});

/** The found cases that `only` names, all of them without it. */
function chosen(found: readonly Found[], only?: readonly string[]): Found[] {
  if (!only) return [...found];
  const names = new Set(found.flatMap(({ kind, label }) => [kind, label]));
  for (const name of only) {
    if (!names.has(name)) {
      throw new InputError(
        `Flag --only: there is no case ${name}${hint(name, names)}`,
      );
    }
  }
  return found.filter(({ kind, label }) =>
    only.includes(kind) || only.includes(label)
  );
}

/** `ok KIND/NAME max_abs max_rel tolerance`, or the reason instead of numbers. */
function line({ status, label, results, reason }: Outcome): string {
  const nearest = worst(results);
  if (!nearest) return `${status} ${label} ${reason}`;
  const most = (key: "maxAbs" | "maxRel") =>
    Math.max(...results.map((result) => result[key])).toExponential(1);
  const where = status === "FAIL" ? ` at ${nearest.what}` : "";
  return `${status} ${label} ${most("maxAbs")} ${
    most("maxRel")
  } ${nearest.limit}${where}`;
}

/** Runs the cases and prints how each compares; throws when one fails. */
export async function parity(
  { flags, positionals }: Parsed<typeof command.flags>,
  _run: Run,
  print: (text: string) => void,
): Promise<void> {
  const fixtures = new URL("../tests/fixtures", import.meta.url);
  const folders = positionals.length > 0
    ? positionals.map(userPath)
    : [fromFileUrl(fixtures)];
  const found = (await Promise.all(folders.map(findCases))).flat();
  if (found.length === 0) {
    throw new InputError(`There are no cases below ${folders.join(", ")}`);
  }
  const cases = chosen(found, flags.only);
  using gpu = await openGpu();
  const outcomes: Outcome[] = [];
  for (const one of cases) {
    const outcome = await runCase(one, gpu);
    outcomes.push(outcome);
    if (!flags.json) print(line(outcome));
  }
  const count = (status: Outcome["status"]) =>
    outcomes.filter((outcome) => outcome.status === status).length;
  const totals = {
    passed: count("ok"),
    failed: count("FAIL"),
    skipped: count("skip"),
  };
  if (flags.json) {
    print(jsonText({ ...totals, cases: outcomes }));
  } else {
    const { passed, failed, skipped } = totals;
    print(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  }
  if (totals.failed > 0) {
    throw new FailedResults(`${totals.failed} of ${cases.length} cases failed`);
  }
}

if (import.meta.main) await runCommand(command, parity);

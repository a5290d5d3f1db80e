import { hint } from "../../core/errors.ts";
import type { Gpu } from "../../gpu/device.ts";
import { Case } from "./case.ts";
import type { Comparison } from "./compare.ts";
import type { Found } from "./files.ts";
import { KINDS } from "./kinds.ts";
import type { Runner } from "./runner.ts";
import { NotBuilt } from "./not_built.ts";

/** What became of a case. */
export interface Outcome {
  readonly status: "ok" | "FAIL" | "skip";
  /** `KIND/NAME`. */
  readonly label: string;
  /** Every compared result; empty where nothing could be compared. */
  readonly results: readonly Comparison[];
  /** Why the case was skipped, or could not be run. */
  readonly reason?: string;
}

/** Runs one case: ok if every result is within its tolerance. */
export async function runCase(found: Found, gpu: Gpu): Promise<Outcome> {
  const { label } = found;
  try {
    const run = runnerOf(found);
    const results = await run(await Case.open(found), gpu);
    if (results.length === 0) throw new Error("nothing was compared");
    const ok = results.every(({ used }) => used <= 1);
    return { status: ok ? "ok" : "FAIL", label, results };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const status = error instanceof NotBuilt ? "skip" : "FAIL";
    return { status, label, results: [], reason };
  }
}

function runnerOf({ kind, op }: Found): Runner {
  const ops = own(KINDS, kind);
  if (!ops) {
    throw new Error(`Unknown kind ${kind}${hint(kind, Object.keys(KINDS))}`);
  }
  const runner = own(ops, op);
  if (!runner) {
    throw new Error(`Unknown op ${op}${hint(op, Object.keys(ops))}`);
  }
  return runner;
}

/** A value by a name that comes from a file: never an inherited one. */
function own<T>(record: Readonly<Record<string, T>>, name: string) {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** The result nearest to failing. */
export function worst(results: readonly Comparison[]): Comparison | undefined {
  return results.toSorted((a, b) => b.used - a.used)[0];
}

import { join } from "@std/path";
import { defineCommand, type Parsed } from "../../cli/flags/flag_types.ts";
import { OUTPUT_FLAGS } from "../../cli/flags/output_flags.ts";
import { jsonText } from "../../cli/json_text.ts";
import type { Run } from "../../cli/main.ts";
import { userPath } from "../../cli/paths.ts";
import { Progress } from "../../cli/progress.ts";
import { hint, InputError } from "../../core/errors.ts";
import { openGpu } from "../../gpu/device.ts";
import { writeFileAtomic } from "../../io/atomic.ts";
import { checkWritable } from "../../io/writable_folder.ts";
import { commandOf, CONTENDERS, OWN } from "./contenders.ts";
import { judge } from "./gates.ts";
import { drawRatios } from "./plot.ts";
import { bars, markdown, timesOf } from "./report.ts";
import { type Measured, turn } from "./rounds.ts";

const PEERS = CONTENDERS.slice(1).map(({ name }) => name);

/** What the command line knows of `bench --peers`. */
export const command = defineCommand({
  name: "bench --peers",
  summary:
    "Runs other runtimes and this one on the same sizes, in alternating rounds, and writes a table and a plot. Those in Python run where python3 has the packages of bench/peers/python/requirements.txt.",
  flags: {
    only: {
      type: "string",
      help: `Peers to run, separated by commas: ${PEERS.join("; ")}`,
      placeholder: "NAMES",
      shownDefault: "all",
    },
    rounds: {
      type: "integer",
      min: 1,
      max: 99,
      default: 5,
      help: "Times that every contender runs, one after the other",
    },
    budget: {
      type: "integer",
      min: 1,
      default: 1000,
      help: "Milliseconds to spend on each row",
    },
    out: {
      type: "string",
      default: "runs/peers",
      help: "Folder of the table, the plot and all numbers",
      placeholder: "DIR",
    },
    ...OUTPUT_FLAGS,
  },
  examples: ["--only jax-js,tfjs --rounds 1"],
});

/** Runs the rounds, prints the page and writes it. */
export async function besidePeers(
  { flags }: Parsed<typeof command.flags>,
  run: Run,
  print: (text: string) => void,
): Promise<void> {
  const chosen = CONTENDERS.filter(({ name }) =>
    name === OWN || named(flags.only).some((part) => name.startsWith(part))
  );
  const out = userPath(flags.out);
  await checkWritable(out);
  using progress = new Progress({ quiet: flags.quiet });
  run.onInterrupt(() => "nothing was written");
  progress.phase("measuring", flags.rounds * chosen.length);
  const all: Measured[] = [];
  for (let round = 1; round <= flags.rounds; round++) {
    for (const contender of chosen) {
      const command = commandOf(contender, flags.budget);
      all.push(...await turn(contender, round, command));
      progress.advance(1, contender.name);
    }
  }
  progress[Symbol.dispose]();
  using gpu = await openGpu();
  const times = timesOf(all, flags.rounds);
  const page = markdown({
    adapter: gpu.info.description,
    date: new Date().toISOString().slice(0, 10),
    rounds: flags.rounds,
    times,
    gates: judge(all, flags.rounds),
    missing: missing(all),
  });
  const lines = all.map((m) => JSON.stringify(m)).join("\n") + "\n";
  await Deno.mkdir(out, { recursive: true });
  await writeFileAtomic(join(out, "lines.jsonl"), lines);
  await writeFileAtomic(
    join(out, "ratios.svg"),
    drawRatios(bars(times), gpu.info.description),
  );
  await writeFileAtomic(join(out, "README.md"), page);
  print(flags.json ? jsonText({ folder: out, measured: all }) : page);
}

/** Names given by --only; a name may be shortened. */
function named(only: string | undefined): string[] {
  const parts = only?.split(",").map((part) => part.trim()) ?? [...PEERS];
  for (const part of parts) {
    if (!part || !PEERS.some((name) => name.startsWith(part))) {
      throw new InputError(
        `Flag --only: found ${part}${hint(part, PEERS)}, accepted are ${
          PEERS.join("; ")
        }`,
      );
    }
  }
  return parts;
}

/** Why contenders did not run at all. */
function missing(all: readonly Measured[]): Map<string, string> {
  const why = new Map<string, string>();
  for (const { name } of CONTENDERS) {
    const lines = all.filter(({ contender }) => contender === name);
    if (lines.some(({ ms }) => ms !== undefined)) continue;
    const failed = lines.find(({ error }) => error !== undefined);
    why.set(name, failed?.error ?? "it was left out");
  }
  return why;
}

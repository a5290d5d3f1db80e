import { CONTENDERS, OWN } from "./contenders.ts";
import { type Judged, meets } from "./gates.ts";
import { type Measured, medianOver } from "./rounds.ts";

/** Rows of the table of times, in its order. */
export const OPS = [
  "linear",
  "linear W4A4",
  "linear W4",
  "attention",
  "layer norm",
  "rms norm",
  "softmax",
  "gelu",
  "block",
  "block with gradients",
  "adam",
  "cold start",
];

/** Times of one op: the median of the rounds, by contender. */
export interface Times {
  readonly op: string;
  readonly ms: ReadonlyMap<string, number>;
}

/** What the rounds came to. */
export interface Report {
  readonly adapter: string;
  readonly date: string;
  readonly rounds: number;
  readonly times: readonly Times[];
  readonly gates: readonly Judged[];
  /** Peers that did not run, with the reason. */
  readonly missing: ReadonlyMap<string, string>;
}

/** The table of times from all lines. */
export function timesOf(all: readonly Measured[], rounds: number): Times[] {
  return OPS.map((op) => ({
    op,
    ms: new Map(CONTENDERS.flatMap(({ name }) => {
      const median = medianOver(
        rounds,
        (round) =>
          all.find((m) =>
            m.round === round && m.contender === name && m.op === op
          )?.ms,
      );
      return median === undefined ? [] : [[name, median]];
    })),
  })).filter(({ ms }) => ms.size > 0);
}

/** The report as a Markdown page. */
export function markdown(report: Report): string {
  const { adapter, date, rounds, times, gates, missing } = report;
  const names = CONTENDERS.map(({ name }) => name)
    .filter((name) => times.some(({ ms }) => ms.has(name)));
  const lines = [
    "# Beside other runtimes",
    "",
    `Adapter: ${adapter}; ${date}; median of ${rounds} ${
      rounds === 1 ? "round" : "alternating rounds"
    } with nothing else running. Made by \`./go bench --peers\`; the plot is`,
    "[ratios.svg](ratios.svg), every number in [lines.jsonl](lines.jsonl).",
    "",
    "Milliseconds seen from outside. In Deno each wait costs about 11 ms, in ours as in the",
    "peers'; norms, softmax and GELU are the mean of 20 runs between two waits, AdamW of 5.",
    "Peers run at their defaults (tinygrad without kernel search).",
    "",
    `| | ${names.join(" | ")} |`,
    `|---|${names.map(() => "---:|").join("")}`,
    ...times.map(({ op, ms }) =>
      `| ${op} | ${
        names.map((name) => milliseconds(ms.get(name))).join(" | ")
      } |`
    ),
    "",
    ...[...missing].map(([name, why]) => `- ${name} did not run: ${why}`),
    ...(missing.size > 0 ? [""] : []),
    "## What is asked of speed",
    "",
    "Ratios are how many times as fast ours is, in the same round; our own rows are compared",
    "on the device's clock.",
    "",
    "| | median | rounds | gate | aim | |",
    "|---|---:|---|---:|---:|---|",
    ...gates.map(gateRow),
    "",
  ];
  return lines.join("\n");
}

function gateRow(gate: Judged): string {
  const { what, median, rounds } = gate;
  const sign = gate.atMost ? "≤ " : "";
  const verdict = median === undefined
    ? "not measured"
    : meets(gate, median, gate.aim)
    ? "aim"
    : meets(gate, median, gate.gate)
    ? "gate"
    : "falls short";
  return `| ${what} | ${ratio(median)} | ${
    rounds.map(ratio).join(" ")
  } | ${sign}${ratio(gate.gate)} | ${sign}${ratio(gate.aim)} | ${verdict} |`;
}

function milliseconds(ms: number | undefined): string {
  if (ms === undefined) return "";
  return ms < 10 ? ms.toFixed(2) : ms < 100 ? ms.toFixed(1) : ms.toFixed(0);
}

function ratio(value: number | undefined): string {
  if (value === undefined) return "–";
  return value < 10 ? `${+value.toFixed(2)}` : `${+value.toFixed(1)}`;
}

/** One bar of the plot. */
export interface Bar {
  readonly op: string;
  readonly peer: string;
  /** Their time over ours. */
  readonly ratio: number;
}

/** How many times as long each peer takes, for the plot. */
export function bars(times: readonly Times[]): Bar[] {
  return times.flatMap(({ op, ms }) => {
    const own = ms.get(OWN);
    if (own === undefined) return [];
    return [...ms].filter(([peer]) => peer !== OWN)
      .map(([peer, theirs]) => ({ op, peer, ratio: theirs / own }));
  });
}

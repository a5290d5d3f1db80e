import type { Peak } from "./peak.ts";

/** What one run does: arithmetic or traffic, whichever bounds it. */
export type Work = { readonly flops: number } | { readonly bytes: number };

/** What was measured of one kernel at one size. */
export interface Measured {
  readonly kernel: string;
  readonly size: string;
  readonly work: Work;
  /** Times of runs on the device; the shortest counts. */
  readonly ms: number[];
}

/** The adapter, and what it can do at most. */
export interface Adapter {
  readonly description: string;
  readonly peak: Peak;
}

/** What the files of one `deno bench` have measured so far. */
export interface Report {
  readonly pid: number;
  readonly adapter?: Adapter;
  /** Whether other programs held the machine up while its peaks were measured. */
  readonly busy?: boolean;
  readonly files: string[];
  readonly rows: Measured[];
}

// Deno runs each file in a world of its own, one after the other; local storage
// is what they share without a permission.
const KEY = "kernel benches";

/** What the files before this one left. */
export function readReport(): Report {
  const text = localStorage.getItem(KEY);
  const report = text === null ? undefined : JSON.parse(text) as Report;
  const { pid } = Deno;
  return report?.pid === pid ? report : { pid, files: [], rows: [] };
}

/** Leaves a report to the files that follow. */
export function writeReport(report: Report): void {
  localStorage.setItem(KEY, JSON.stringify(report));
}

/** The table of what was measured, compared with the peaks of the adapter. */
export function table(
  { description, peak }: Adapter,
  measured: readonly Measured[],
  busy = false,
): string {
  const [flops, bytes] = [digits(peak.flops / 1e9), digits(peak.bytes / 1e9)];
  const byKernel = Map.groupBy(measured, ({ kernel }) => kernel);
  return [
    "",
    `Adapter: ${description}`,
    `Measured peak: ${flops} GFLOP/s of multiply-adds, ${bytes} GB/s of a copy in memory`,
    ...(busy ? ["The machine was busy: times and peaks may be off"] : []),
    "Work in caches and products of packed codes may go beyond 100 %",
    "",
    line("kernel", "size", "ms", "rate", "of peak"),
    ...[...byKernel.values()].flat().map((row) => lineOf(row, peak)),
    "",
  ].join("\n");
}

function lineOf({ kernel, size, work, ms }: Measured, peak: Peak): string {
  const [amount, unit, most] = "flops" in work
    ? [work.flops, "GFLOP/s", peak.flops]
    : [work.bytes, "GB/s   ", peak.bytes];
  const best = Math.min(...ms);
  const rate = amount / (best / 1e3);
  const share = 100 * rate / most;
  return line(
    kernel,
    size,
    digits(best),
    `${digits(rate / 1e9)} ${unit}`,
    `${share.toFixed(share < 10 ? 1 : 0)} %`,
  );
}

function line(
  kernel: string,
  size: string,
  ms: string,
  rate: string,
  share: string,
): string {
  return [
    kernel.padEnd(39),
    size.padEnd(34),
    ms.padStart(8),
    rate.padStart(17),
    share.padStart(8),
  ].join("");
}

/** Three digits, or all before the point. */
function digits(v: number): string {
  return v < 100 ? v.toPrecision(3) : v.toFixed(0);
}

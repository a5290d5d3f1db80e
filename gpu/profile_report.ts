import { boundBytes, boundShapes } from "./dispatch.ts";
import type { GpuSpan, HostSpan, Profile } from "./profiler.ts";

interface Row {
  readonly label: string;
  readonly calls: number;
  readonly ms: number;
  /** In 10^9 a second; undefined where the work is not known. */
  readonly gflops: number | undefined;
  /** Bytes bound a second: what a kernel that touches all of them once moves. */
  readonly gigabytes: number;
}

/** Kernels by their time, slowest first; first runs only where there is no other. */
function rowsOf({ gpu }: Profile): Row[] {
  const later = gpu.filter(({ first }) => !first);
  const groups = Map.groupBy(
    later.length > 0 ? later : gpu,
    ({ label }) => label,
  );
  return [...groups].map(([label, spans]): Row => {
    const ms = sum(spans, (span) => span.ms);
    const known = spans.every(({ dispatch }) => dispatch.flops !== undefined);
    const flops = sum(spans, ({ dispatch }) => dispatch.flops ?? 0);
    const bytes = sum(spans, ({ dispatch }) => boundBytes(dispatch));
    return {
      label,
      calls: spans.length,
      ms,
      gflops: known ? flops / ms / 1e6 : undefined,
      gigabytes: bytes / ms / 1e6,
    };
  }).sort((a, b) => b.ms - a.ms);
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

/**
 * A line a kernel: name, calls, milliseconds on the GPU, share, GFLOP/s where
 * the operations are known, GB/s if it touches everything it binds once. First
 * runs, in which drivers compile, are left out where a plan ran again.
 */
export function profileTable(profile: Profile): string {
  const rows = rowsOf(profile);
  const total = sum(rows, ({ ms }) => ms);
  const lines = rows.map(({ label, calls, ms, gflops, gigabytes }) => [
    label,
    `${calls}`,
    ms.toFixed(1),
    `${(100 * ms / total).toFixed(1)} %`,
    gflops?.toPrecision(3) ?? "",
    gigabytes.toPrecision(3),
  ]);
  const calls = sum(rows, ({ calls }) => calls);
  const head = ["kernel", "calls", "ms", "share", "GFLOP/s", "GB/s"];
  const foot = ["all", `${calls}`, total.toFixed(1), "", "", ""];
  const { missed } = profile;
  return [
    ...aligned([head, ...lines, foot]),
    ...(missed > 0 ? [`${missed} later dispatches were not timed`] : []),
  ].join("\n");
}

/** Cells in columns: the first to the left, numbers to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, c) =>
    Math.max(...rows.map((row) => row[c]!.length))
  );
  return rows.map((row) =>
    row.map((cell, c) =>
      c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!)
    ).join("  ").trimEnd()
  );
}

const HOST = 1;
const GPU = 2;

/**
 * The profile in Chrome's trace event format, which chrome://tracing and
 * ui.perfetto.dev open: phases and the host's work on the tracks of one
 * process, dispatches with their tensors on that of another.
 */
export function chromeTrace(profile: Profile, adapter: string): string {
  const { phases, host, gpu } = profile;
  const events = [
    named("process_name", HOST, 0, "qvgen"),
    named("thread_name", HOST, 1, "phases"),
    named("thread_name", HOST, 2, "compile and submit"),
    named("process_name", GPU, 0, `GPU: ${adapter}`),
    named("thread_name", GPU, 1, "dispatches"),
    ...phases.map((span) => hostEvent(span, 1)),
    ...host.map((span) => hostEvent(span, 2)),
    ...gpu.map(gpuEvent),
  ];
  const lines = events.map((event) => JSON.stringify(event)).join(",\n");
  return `{"displayTimeUnit":"ms","otherData":{"adapter":${
    JSON.stringify(adapter)
  }},"traceEvents":[\n${lines}\n]}\n`;
}

function named(name: string, pid: number, tid: number, value: string): object {
  return { name, ph: "M", pid, tid, args: { name: value } };
}

/** Trace events count in microseconds; a tenth of a nanosecond is noise. */
const micros = (ms: number) => Math.round(ms * 1e6) / 1e3;

function hostEvent({ name, began, ms }: HostSpan, tid: number): object {
  const at = { ts: micros(began), dur: micros(ms) };
  return { name, cat: "host", ph: "X", pid: HOST, tid, ...at };
}

function gpuEvent({ label, dispatch, began, ms, first }: GpuSpan): object {
  const { groups, constants, flops } = dispatch;
  return {
    name: label,
    cat: first ? "first run" : "gpu",
    ph: "X",
    pid: GPU,
    tid: 1,
    ts: micros(began),
    dur: micros(ms),
    args: {
      tensors: boundShapes(dispatch).join(", "),
      groups: groups.join(" x "),
      ...constants,
      ...(flops !== undefined && { gflops: flops / ms / 1e6 }),
    },
  };
}

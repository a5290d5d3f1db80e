import { type Gpu, openGpu } from "../../gpu/device.ts";
import type { Plan } from "../../gpu/plan.ts";
import { timeTogether } from "../../gpu/profile.ts";
import { record, Storage } from "../../gpu/record.ts";
import { BENCHES } from "./bench_files.ts";
import {
  type Measured,
  readReport,
  table,
  type Work,
  writeReport,
} from "./bench_table.ts";
import { measurePeak } from "./peak.ts";

/** Registers a bench of what `trace` emits: one form of the kernel, "" if it has no other. */
export type Bench = (
  form: string,
  size: string,
  work: Work,
  trace: () => void,
) => void;

const HEAVY = 2e9; // operations; what has more is run fewer times
const LEAST_MS = 2; // shorter runs are timed several at a time

const buffers = new Map<Storage, Uint32Array<ArrayBuffer> | undefined>();
let opening: Promise<Gpu> | undefined;
let running: { readonly trace: () => void; readonly plan: Plan } | undefined;

/** A buffer of so many words to bench on, zeros or `words`; benches may share it. */
export function buffer(
  size: number,
  words?: Uint32Array<ArrayBuffer>,
): { readonly storage: Storage } {
  const storage = new Storage(4 * size, true);
  buffers.set(storage, words);
  return { storage };
}

/** A buffer of so many numbers of one value. */
export function filled(
  size: number,
  value: number,
): { readonly storage: Storage } {
  const numbers = new Float32Array(size).fill(value);
  return buffer(size, new Uint32Array(numbers.buffer));
}

/**
 * The benches of NAME_bench.ts. Deno's own figures hold a wait of about 11 ms;
 * the table that is printed at the end has the time on the device.
 */
export function suite(name: typeof BENCHES[number]): Bench {
  const rows: Measured[] = [];
  globalThis.addEventListener("unload", () => finish(name, rows));
  return (form, size, work, trace) => {
    const kernel = `${name} ${form}`.trim();
    const row: Measured = { kernel, size, work, ms: [] };
    rows.push(row);
    const heavy = "flops" in work && work.flops > HEAVY;
    Deno.bench({
      name: `${kernel} ${size}`,
      n: heavy ? 2 : 4,
      warmup: 1,
      async fn() { // Deno awaits only what is declared so
        await measure(row, trace);
      },
    });
  };
}

async function measure({ ms }: Measured, trace: () => void): Promise<void> {
  const gpu = await (opening ??= open());
  const { steps } = await prepare(gpu, trace);
  const once = ms[0] ?? await timeTogether(gpu, steps);
  const times = Math.max(1, Math.min(50, Math.floor(LEAST_MS / once)));
  const all = Array.from({ length: times }, () => steps).flat();
  ms.push(await timeTogether(gpu, all) / times);
  gpu.check();
}

async function open(): Promise<Gpu> {
  const gpu = await openGpu();
  if (!gpu.traits.timestamps) {
    throw new Error("Cannot bench: the adapter has no timestamp queries");
  }
  const { flops, bytes } = await measurePeak(gpu);
  const report = readReport();
  // The best of all files, for other programs may have held one up.
  const best = report.adapter?.peak ?? { flops, bytes };
  const peak = {
    flops: Math.max(flops, best.flops),
    bytes: Math.max(bytes, best.bytes),
  };
  writeReport({
    ...report,
    adapter: { description: gpu.info.description, peak },
  });
  return gpu;
}

/** The plan of a bench; its first run takes the place of the bench before. */
async function prepare(gpu: Gpu, trace: () => void): Promise<Plan> {
  if (running?.trace === trace) return running.plan;
  running?.plan[Symbol.dispose]();
  for (const storage of buffers.keys()) {
    if (storage.buffer) gpu.pool.unpin(storage.buffer);
    storage.buffer = undefined;
  }
  const plan = await record(gpu, trace);
  for (const [{ buffer }, words] of buffers) {
    if (buffer && words) gpu.device.queue.writeBuffer(buffer, 0, words);
  }
  running = { trace, plan };
  return plan;
}

/** Prints what this file measured; the last file prints the table of all. */
function finish(name: string, rows: readonly Measured[]): void {
  const report = readReport();
  report.files.push(name);
  const measured = rows.filter(({ ms }) => ms.length > 0);
  report.rows.push(...measured);
  writeReport(report);
  const { adapter, files } = report;
  const all = BENCHES.every((bench) => files.includes(bench));
  if (!adapter || !all && measured.length === 0) return;
  console.log(table(adapter, all ? report.rows : measured));
}

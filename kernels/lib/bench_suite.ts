import { gradientsOf } from "../../autograd/op.ts";
import { randomNormal } from "../../autograd/random_normal.ts";
import { type DType, type Shape, Tensor } from "../../autograd/tensor.ts";
import { type Gpu, openGpu } from "../../gpu/device.ts";
import type { Plan } from "../../gpu/plan.ts";
import { timeGroups, timeTogether } from "../../gpu/profile.ts";
import { record } from "../../gpu/record.ts";
import type { Step } from "../../gpu/step.ts";
import { BENCHES } from "./bench_files.ts";
import {
  type Measured,
  readReport,
  table,
  type Work,
  writeReport,
} from "./bench_table.ts";
import { measurePeak } from "./peak.ts";

/** What a bench computes: its results are kept, all else may be left out. */
export type Trace = () => Tensor | readonly Tensor[];

/**
 * Registers a bench of what `trace` emits: one form of the kernel, "" if it has
 * no other. Of its dispatches those are timed whose label, `KERNEL.ENTRY`,
 * `timed` matches; a form that the adapter does not take has no row.
 */
export type Bench = (
  form: string,
  size: string,
  work: Work,
  trace: Trace,
  timed?: RegExp,
) => void;

const HEAVY = 2e9; // operations; what has more is run fewer times
// Shorter runs are timed several at a time: a GPU's clock falls while it waits.
const LEAST_MS = { cpu: 2, gpu: 12 };
const WARM_MS = 250; // of work before a GPU is timed, whose clock is low until then

interface Prepared {
  readonly trace: Trace;
  readonly plan: Plan;
  readonly tensors: readonly Tensor[];
}

let inputs = new Map<Tensor, Uint32Array<ArrayBuffer> | undefined>();
let opening: Promise<Gpu> | undefined;
let running: Prepared | undefined;

/** Within a trace: an input of zeros or of `words`, there until the next bench. */
export function input(
  shape: Shape,
  { dtype, words }: {
    readonly dtype?: DType;
    readonly words?: Uint32Array<ArrayBuffer>;
  } = {},
): Tensor {
  const tensor = new Tensor(shape, dtype).keep();
  inputs.set(tensor, words);
  return tensor;
}

/** Within a trace: an input of one value. */
export function filled(shape: Shape, value: number): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const { buffer } = new Float32Array(size).fill(value);
  return input(shape, { words: new Uint32Array(buffer) });
}

/** Within a trace: a matrix of standard normals. */
export function normal(shape: Shape): Tensor {
  return randomNormal(input([6], { dtype: "u32" }), shape);
}

/** Within a trace: the gradients of some of the inputs of y. */
export function backward(y: Tensor, ...targets: Tensor[]): Tensor[] {
  return gradientsOf([y], [input(y.shape)], targets).map((d) => d!);
}

/**
 * The benches of NAME_bench.ts. Deno's own figures hold a wait of about 11 ms;
 * the table that is printed at the end has the time on the device.
 */
export function suite(name: typeof BENCHES[number]): Bench {
  const rows: Measured[] = [];
  globalThis.addEventListener("unload", () => finish(name, rows));
  return (form, size, work, trace, timed = /./) => {
    const kernel = `${name} ${form}`.trim();
    const row: Measured = { kernel, size, work, ms: [] };
    rows.push(row);
    const heavy = "flops" in work && work.flops > HEAVY;
    Deno.bench({
      name: `${kernel} ${size}`,
      n: heavy ? 2 : 4,
      warmup: 1,
      async fn() { // Deno awaits only what is declared so
        await measure(row, trace, timed);
      },
    });
  };
}

async function measure(
  { ms }: Measured,
  trace: Trace,
  timed: RegExp,
): Promise<void> {
  const gpu = await (opening ??= open());
  const plan = await prepare(gpu, trace);
  const steps = plan.steps.filter(({ label }) => timed.test(label));
  if (steps.length === 0) return;
  const once = ms[0] ?? await timeTogether(gpu, steps);
  const least = LEAST_MS[gpu.traits.software ? "cpu" : "gpu"];
  const times = Math.max(1, Math.min(500, Math.floor(least / once)));
  const all = Array.from({ length: times }, () => steps).flat();
  if (ms.length === 0 && !gpu.traits.software) await warm(gpu, all);
  ms.push(await timeTogether(gpu, all) / times);
  gpu.check();
}

async function warm(gpu: Gpu, steps: readonly Step[]): Promise<void> {
  const began = performance.now();
  const busy = Array<readonly Step[]>(6).fill(steps); // more work than waiting
  while (performance.now() - began < WARM_MS) await timeGroups(gpu, busy);
}

async function open(): Promise<Gpu> {
  const gpu = await openGpu();
  // Some drivers have no more devices to give once files have left dozens open.
  globalThis.addEventListener("unload", () => gpu[Symbol.dispose]());
  if (!gpu.traits.timestamps) {
    throw new Error("Cannot bench: the adapter has no timestamp queries");
  }
  const { flops, bytes, steady } = await measurePeak(gpu);
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
    busy: report.busy || !steady || flops < 0.8 * peak.flops,
  });
  return gpu;
}

/** The plan of a bench, run once; it takes the place of the bench before. */
async function prepare(gpu: Gpu, trace: Trace): Promise<Plan> {
  if (running?.trace === trace) return running.plan;
  running?.plan[Symbol.dispose]();
  for (const tensor of running?.tensors ?? []) tensor.dispose();
  inputs = new Map();
  const plan = await record(gpu, () => {
    const results = [trace()].flat();
    for (const result of results) result.keep();
    return results;
  });
  for (const [tensor, words] of inputs) {
    if (!tensor.storage.buffer) continue; // nothing that was recorded reads it
    const values = words ?? new Uint32Array(tensor.storage.bytes / 4);
    const isFloat = tensor.dtype === "f32";
    tensor.write(gpu, isFloat ? new Float32Array(values.buffer) : values);
  }
  await plan.runInParts();
  running = { trace, plan, tensors: [...inputs.keys(), ...plan.result] };
  return plan;
}

/** Prints what this file measured; the last file prints the table of all. */
function finish(name: string, rows: readonly Measured[]): void {
  const report = readReport();
  report.files.push(name);
  const measured = rows.filter(({ ms }) => ms.length > 0);
  report.rows.push(...measured);
  writeReport(report);
  const { adapter, files, busy } = report;
  const all = BENCHES.every((bench) => files.includes(bench));
  if (!adapter || !all && measured.length === 0) return;
  console.log(table(adapter, all ? report.rows : measured, busy));
}

import { type Gpu, openGpu } from "../../gpu/device.ts";
import type { Plan } from "../../gpu/plan.ts";
import { timeTogether } from "../../gpu/profile.ts";
import { record, Storage } from "../../gpu/record.ts";
import { measurePeak, type Peak } from "./peak.ts";

/** What one run does: arithmetic or traffic, whichever bounds it. */
export type Work = { readonly flops: number } | { readonly bytes: number };

interface Row {
  readonly name: string;
  readonly work: Work;
  readonly ms: number[];
}

const rows: Row[] = [];
let opening: Promise<Gpu> | undefined;
let peak: Peak | undefined;

/** An f32 buffer of zeros to bench on. */
export function buffer(size: number): { readonly storage: Storage } {
  return { storage: new Storage(4 * size, true) };
}

/**
 * Registers a bench of what `trace` emits. Deno's own figures hold a wait of
 * about 11 ms; the table printed at the end is from timestamps on the device.
 */
export function benchKernel(
  group: string,
  name: string,
  work: Work,
  trace: () => void,
): void {
  const row: Row = { name: `${group} ${name}`, work, ms: [] };
  rows.push(row);
  let plan: Plan | undefined;
  Deno.bench({
    name: row.name,
    group,
    n: 5,
    warmup: 1,
    async fn() {
      const gpu = await (opening ??= open());
      plan ??= await record(gpu, trace);
      row.ms.push(await timeTogether(gpu, plan.steps));
    },
  });
}

async function open(): Promise<Gpu> {
  const gpu = await openGpu();
  peak = await measurePeak(gpu);
  return gpu;
}

function line({ name, work, ms }: Row, { flops, bytes }: Peak): string {
  const median = ms.toSorted((a, b) => a - b)[ms.length >> 1]!;
  const [amount, unit, most] = "flops" in work
    ? [work.flops, "GFLOP/s", flops]
    : [work.bytes, "GB/s", bytes];
  const rate = amount / (median / 1e3);
  return [
    name.padEnd(44),
    `${median.toFixed(2)} ms`.padStart(12),
    `${(rate / 1e9).toFixed(1)} ${unit}`.padStart(16),
    `${(100 * rate / most).toFixed(0)} %`.padStart(6),
  ].join("");
}

globalThis.addEventListener("unload", () => {
  const most = peak;
  if (!most) return;
  const timed = rows.filter((row) => row.ms.length > 0);
  console.log([
    "",
    `Device time; 100 % is ${(most.flops / 1e9).toFixed(0)} GFLOP/s or ${
      (most.bytes / 1e9).toFixed(1)
    } GB/s, measured on this machine`,
    ...timed.map((row) => line(row, most)),
  ].join("\n"));
});

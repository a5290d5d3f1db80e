import type { Gpu } from "../../gpu/device.ts";
import { type Kernel, kernel } from "../../gpu/kernel.ts";
import { timeTogether } from "../../gpu/profile.ts";
import { emit } from "../../gpu/emit.ts";
import { record } from "../../gpu/record.ts";
import { Storage } from "../../gpu/storage.ts";
import source from "./peak.wgsl" with { type: "text" };

const multiplyAdd = kernel("lib/peak", source, ["x", "y"], "multiply_add");
const copy = kernel("lib/peak", source, ["x", "y"], "copy");

/** What the machine can do at most, a second. */
export interface Peak {
  readonly flops: number;
  readonly bytes: number;
}

const SPREAD = 1.25; // of the times of one kernel on an idle machine, at most

/**
 * Measures the rate of independent multiply-adds and of a copy of 16 MiB;
 * `steady` unless times differ as they do where other programs run.
 */
export async function measurePeak(
  gpu: Gpu,
): Promise<Peak & { readonly steady: boolean }> {
  let steady = true;
  const bytes = 1 << 24;
  const [x, y] = [0, 1].map(() => ({ storage: new Storage(bytes, true) }));
  const best = async (form: Kernel<"x" | "y">, groups: number) => {
    const tensors = { x: x!, y: y! };
    using plan = await record(gpu, () => emit(form, tensors, groups));
    const ms: number[] = [];
    for (let i = 0; i < 5; i++) ms.push(await timeTogether(gpu, plan.steps));
    const [least = 0, , middle = 0] = ms.sort((a, b) => a - b);
    if (middle > SPREAD * least) steady = false;
    return least / 1e3;
  };
  const threads = gpu.traits.software ? 2048 : 1 << 17;
  const operations = 2 * 12 * 8 * 4096; // a thread: CHAINS, UNROLLED, TURNS
  const peak = {
    flops: threads * operations / await best(multiplyAdd, threads / 32),
    bytes: 2 * bytes / await best(copy, bytes / (16 * 8 * 64)),
  };
  for (const { storage } of [x!, y!]) gpu.pool.unpin(storage.buffer!);
  return { ...peak, steady };
}

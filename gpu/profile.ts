import type { Gpu } from "./device.ts";
import { encodeStep, type Step } from "./step.ts";

/** Device time of one kernel over a run. */
export interface KernelTime {
  /** `KERNEL.ENTRY`. */
  readonly label: string;
  /** Dispatches of the run. */
  readonly calls: number;
  /** Their time together. */
  readonly ms: number;
}

/** The most queries a set may hold. */
export const QUERIES = 4096;

/** Times every dispatch in a pass of its own and sums by kernel, slowest first. */
export async function profile(
  gpu: Gpu,
  steps: readonly Step[],
): Promise<KernelTime[]> {
  if (!gpu.traits.timestamps) {
    throw new Error("Cannot profile: the adapter has no timestamp queries");
  }
  const sums = new Map<string, { calls: number; ms: number }>();
  for (let from = 0; from < steps.length; from += QUERIES / 2) {
    const part = steps.slice(from, from + QUERIES / 2);
    const times = await timeGroups(gpu, part.map((step) => [step]));
    part.forEach(({ label }, i) => {
      const sum = sums.get(label) ?? { calls: 0, ms: 0 };
      sums.set(label, { calls: sum.calls + 1, ms: sum.ms + times[i]! });
    });
  }
  return [...sums].map(([label, sum]) => ({ label, ...sum }))
    .sort((a, b) => b.ms - a.ms);
}

/** Device time in ms of all steps in one pass, as a run has them. */
export async function timeTogether(
  gpu: Gpu,
  steps: readonly Step[],
): Promise<number> {
  return (await timeGroups(gpu, [steps]))[0]!;
}

/** Device time in ms of each of several lists of steps, a pass each. */
export async function timeGroups(
  { device }: Gpu,
  passes: readonly (readonly Step[])[],
): Promise<number[]> {
  const count = 2 * passes.length;
  const querySet = device.createQuerySet({ type: "timestamp", count });
  const resolved = device.createBuffer({ size: 8 * count, usage: 0x200 | 0x4 }); // QUERY_RESOLVE | COPY_SRC
  const staging = device.createBuffer({ size: 8 * count, usage: 0x1 | 0x8 }); // MAP_READ | COPY_DST
  const encoder = device.createCommandEncoder();
  passes.forEach((steps, i) => encodeTimed(encoder, steps, querySet, i));
  encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
  encoder.copyBufferToBuffer(resolved, 0, staging, 0, 8 * count);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(0x1);
  const stamps = new BigUint64Array(staging.getMappedRange().slice(0));
  for (const buffer of [resolved, staging]) buffer.destroy();
  querySet.destroy();
  return passes.map((_, i) =>
    Number(stamps[2 * i + 1]! - stamps[2 * i]!) / 1e6
  );
}

/** Encodes steps in one pass whose begin and end are queries 2i and 2i + 1. */
export function encodeTimed(
  encoder: GPUCommandEncoder,
  steps: readonly Step[],
  querySet: GPUQuerySet,
  i: number,
): void {
  const pass = encoder.beginComputePass({
    timestampWrites: {
      querySet,
      beginningOfPassWriteIndex: 2 * i,
      endOfPassWriteIndex: 2 * i + 1,
    },
  });
  for (const step of steps) encodeStep(pass, step);
  pass.end();
}

import type { Gpu } from "./device.ts";
import type { Dispatch, Race } from "./dispatch.ts";
import { Plan } from "./plan.ts";
import type { Step } from "./step.ts";
import { timeGroups } from "./profile.ts";
import { Storage } from "./storage.ts";

const ROUNDS = 4;
const SHORT_MS = 2; // what takes less is run several times in a row
const LONG_MS = 100; // what takes longer is run once
const WARM_MS = 60; // of work before forms are compared: an idle GPU's clock is low
const BUILDS = 1e-4; // of a form's build time count as time of a run: it serves that many
const MARGIN = 0.95; // of the first form's time, to take another: noise is no reason

/**
 * Runs every form of a dispatch that can be built on scratch memory of the same
 * sizes; the name of the fastest by timestamp queries, the first one where none
 * is clearly faster. A form that took long to build must repay it.
 */
export async function runRace(
  gpu: Gpu,
  forms: Race["forms"],
  onRefused: (name: string, error: Error) => void,
): Promise<string> {
  const scratch = new Map<Storage, Storage>();
  const own = (storage: Storage): Storage => {
    let copy = scratch.get(storage);
    if (!copy) scratch.set(storage, copy = new Storage(storage.bytes));
    return copy;
  };
  const names: string[] = [];
  const builds: number[] = [];
  for (const [name, { kernel, constants }] of forms) {
    const began = performance.now();
    try {
      await gpu.pipeline(kernel, constants);
    } catch (error) {
      gpu.checkLost();
      onRefused(name, error as Error);
      continue;
    }
    names.push(name);
    builds.push(performance.now() - began);
  }
  if (names.length === 0) return forms.keys().next().value!;
  const list = names.map((name) => forms.get(name)!).map((d): Dispatch => ({
    ...d,
    storages: new Map([...d.storages].map(([name, s]) => [name, own(s)])),
  }));
  using plan = await Plan.compile(gpu, list);
  const encoder = gpu.device.createCommandEncoder();
  // What earlier work left may be numbers that are slow to compute with.
  for (const buffer of plan.placement.buffers) encoder.clearBuffer(buffer);
  gpu.device.queue.submit([encoder.finish()]);
  const { steps } = plan;
  // Drivers compile at the first dispatch: one group is enough for that.
  const first = steps.map((step): Step => ({ ...step, groups: [1, 1, 1] }));
  await timeGroups(gpu, [first]);
  const best = await timeGroups(gpu, steps.map((step) => [step]));
  const fast = Math.min(...best);
  const turns = Math.min(20, Math.ceil(SHORT_MS / Math.max(fast, 1e-3)));
  const repeated = steps.map((step) => Array<Step>(turns).fill(step));
  const began = performance.now();
  const isWarm = () =>
    gpu.traits.software || performance.now() - began > WARM_MS;
  const busy = Array<typeof repeated>(8).fill(repeated).flat(); // more work than waiting
  while (fast < LONG_MS && !isWarm()) await timeGroups(gpu, busy);
  for (let round = 1; round < ROUNDS && fast < LONG_MS; round++) {
    const times = await timeGroups(gpu, repeated);
    times.forEach((ms, i) => best[i] = Math.min(best[i]!, ms / turns));
  }
  const costs = best.map((ms, i) => ms + BUILDS * builds[i]!);
  const least = costs.indexOf(Math.min(...costs));
  return names[costs[least]! < MARGIN * costs[0]! ? least : 0]!;
}

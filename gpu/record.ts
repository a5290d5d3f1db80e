import type { Gpu } from "./device.ts";
import { type Dispatch, readerLabel } from "./dispatch.ts";
import { type Footprint, footprint } from "./footprint.ts";
import { Plan } from "./plan.ts";
import type { Storage } from "./storage.ts";
import { Trace, tracing, type Work } from "./trace.ts";
import type { Traits } from "./traits.ts";

/**
 * Runs `trace` once, on shapes alone, to learn the work; then drops what
 * nobody needs, places the memory and builds the pipelines. `result` is what
 * the trace returned: pin (`keep()`) the tensors that are to be read. Throws
 * for a tensor that another plan computed and did not keep.
 */
export async function record<T>(
  gpu: Gpu,
  trace: () => T,
): Promise<Plan & { readonly result: T }> {
  gpu.checkLost();
  const { list, result } = traced(gpu.traits, trace);
  const chosen = await gpu.tuning.resolve(gpu, list);
  return Object.assign(await Plan.compile(gpu, chosen), { result });
}

/**
 * What a plan of `trace` would hold on an adapter of these traits, and of how
 * many dispatches; nothing is built, and nothing takes memory.
 */
export function measure(traits: Traits, trace: () => unknown): Footprint {
  return footprint(traced(traits, trace).list);
}

function traced<T>(
  traits: Traits,
  f: () => T,
): { readonly list: Dispatch[]; readonly result: T } {
  const trace = new Trace(traits);
  const result = tracing(trace, f);
  const list = prune(trace.list);
  checkReads(list);
  return { list, result };
}

/**
 * Drops what nobody needs: only work that reaches a pinned storage stays. By
 * then it is known which steps of what might be done whole are read.
 */
function prune(
  list: readonly Work[],
  wanted: Set<Storage> = new Set(),
): Dispatch[] {
  const kept: Dispatch[] = [];
  const needs = (s: Storage) => s.pinned || wanted.has(s);
  for (const work of list.toReversed()) {
    if ("apart" in work) {
      const steps = stepByStep(work.apart).flatMap(written);
      const read = steps.some((s) => s !== work.y && needs(s));
      const chosen = prune(read ? work.apart : work.whole, wanted);
      for (const one of chosen.reverse()) kept.push(one);
    } else if (written(work).some(needs)) {
      for (const s of work.storages.values()) wanted.add(s);
      kept.push(work);
    }
  }
  return kept.reverse();
}

function stepByStep(list: readonly Work[]): Dispatch[] {
  return list.flatMap((work) =>
    "apart" in work ? stepByStep(work.apart) : [work]
  );
}

function written({ kernel, storages }: Dispatch): Storage[] {
  return kernel.bindings.filter(({ access }) => access === "read_write")
    .map(({ name }) => storages.get(name)!);
}

/** Throws where a dispatch reads a transient that nothing before it wrote. */
function checkReads(list: readonly Dispatch[]): void {
  const known = new Set<Storage>();
  for (const dispatch of list) {
    const { kernel, storages } = dispatch;
    for (const { name, access } of kernel.bindings) {
      const storage = storages.get(name)!;
      if (storage.pinned || !storage.bytes || known.has(storage)) continue;
      if (access === "read") {
        throw new Error(
          `Cannot record: ${
            readerLabel(dispatch, name)
          }, which nothing in this plan wrote; write() it, or keep() it in the plan that computes it`,
        );
      }
      known.add(storage);
    }
  }
}

import type { Gpu, Traits } from "./device.ts";
import { type Kernel, packParams, type Params } from "./kernel.ts";
import { Plan } from "./plan.ts";
import type { Constants } from "./specialize.ts";

/**
 * Memory that a plan will place. Pinned storages outlive plans: each has a
 * buffer of its own, or a part of a larger one from `offset` on.
 */
export class Storage {
  /** Its memory; undefined until it is placed. */
  buffer: GPUBuffer | undefined;
  /** Where it begins in the buffer, in bytes. */
  offset = 0;

  /** Memory of so many bytes; a pinned one stays. */
  constructor(readonly bytes: number, public pinned = false) {}

  /** Lets the storage live inside a larger buffer; offsets are multiples of 256. */
  settle(buffer: GPUBuffer, offset: number): void {
    this.pinned = true;
    this.buffer = buffer;
    this.offset = offset;
  }
}

/** One kernel run: what it reads and writes, with what parameters, how often. */
export interface Dispatch {
  readonly kernel: Kernel;
  readonly storages: ReadonlyMap<string, Storage>;
  readonly params: Uint8Array;
  readonly constants: Constants;
  readonly groups: readonly [number, number, number];
}

interface Recording {
  readonly gpu: Gpu;
  readonly list: Dispatch[];
}

let recording: Recording | undefined;

function current(what: string): Recording {
  if (!recording) {
    throw new Error(`Cannot ${what}: nothing is being recorded`);
  }
  return recording;
}

/** What the adapter of the recording can do, for choosing a kernel's form. */
export function traits(): Traits {
  return current("read the adapter's traits").gpu.traits;
}

/** What a dispatch passes to its kernel beside the tensors. */
export interface EmitOptions {
  /** Run-time values: every field of the kernel's `Params`. */
  readonly params?: Params;
  /** Values of module constants; each new set costs a pipeline. */
  readonly constants?: Constants;
}

/** Appends one dispatch to the plan that is being recorded. */
export function emit<N extends string>(
  kernel: Kernel<N>,
  tensors: Readonly<Record<N, { readonly storage: Storage }>>,
  groups: number | readonly number[],
  { params = {}, constants = {} }: EmitOptions = {},
): void {
  const { gpu, list } = current(`emit ${kernel.label}`);
  const [x = 1, y = 1, z = 1] = typeof groups === "number" ? [groups] : groups;
  const most = gpu.device.limits.maxComputeWorkgroupsPerDimension;
  if (![x, y, z].every((n) => Number.isInteger(n) && n >= 0 && n <= most)) {
    throw new RangeError(
      `Cannot emit ${kernel.label}: groups ${[x, y, z]} go beyond ${most}`,
    );
  }
  const storages = new Map<string, Storage>();
  for (const { name } of kernel.bindings) {
    const { storage } = tensors[name];
    if (storage.bytes > gpu.traits.maxBindingBytes) {
      throw new RangeError(
        `Cannot emit ${kernel.label}: ${name} has ${storage.bytes} bytes, the adapter binds at most ${gpu.traits.maxBindingBytes}`,
      );
    }
    storages.set(name, storage);
  }
  if (x * y * z === 0) return;
  list.push({
    kernel,
    storages,
    constants,
    params: packParams(kernel, params),
    groups: [x, y, z],
  });
}

/**
 * Whether a transient that was just computed may be settled elsewhere: one
 * dispatch writes it, none reads it yet, nothing pinned it.
 */
export function isFreshResult(storage: Storage): boolean {
  if (storage.pinned) return false;
  let writes = 0;
  for (const { kernel, storages } of current("inspect").list) {
    for (const { name, access } of kernel.bindings) {
      if (storages.get(name) !== storage) continue;
      if (access === "read") return false;
      writes++;
    }
  }
  return writes === 1;
}

/** Groups of `block` threads covering n, folded into two dimensions beyond the limit. */
export function spread(n: number, block: number): [number, number] {
  const groups = Math.ceil(n / block);
  const most = 32768;
  return groups <= most ? [groups, 1] : [most, Math.ceil(groups / most)];
}

/**
 * Runs `trace` once, on shapes alone, to learn the work; then drops what
 * nobody needs, places the memory and builds the pipelines. `result` is what
 * the trace returned: pin (`keep()`) the tensors that are to be read.
 */
export async function record<T>(
  gpu: Gpu,
  trace: () => T,
): Promise<Plan & { readonly result: T }> {
  if (recording) {
    throw new Error("Cannot record: a plan is already being recorded");
  }
  const list: Dispatch[] = [];
  recording = { gpu, list };
  let result: T;
  try {
    result = trace();
  } finally {
    recording = undefined;
  }
  return Object.assign(await Plan.compile(gpu, prune(list)), { result });
}

/** Drops what nobody needs: only work that reaches a pinned storage stays. */
function prune(list: readonly Dispatch[]): Dispatch[] {
  const wanted = new Set<Storage>();
  return list.toReversed().filter(({ kernel, storages }) => {
    const needed = kernel.bindings.some(({ name, access }) => {
      const s = storages.get(name)!;
      return access === "read_write" && (s.pinned || wanted.has(s));
    });
    if (needed) { for (const s of storages.values()) wanted.add(s); }
    return needed;
  }).reverse();
}

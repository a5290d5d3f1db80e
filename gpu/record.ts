import type { Gpu, Traits } from "./device.ts";
import {
  type Bound,
  type Dispatch,
  type EmitOptions,
  makeDispatch,
} from "./dispatch.ts";
import type { Kernel, Params } from "./kernel.ts";
import { type Footprint, footprint } from "./footprint.ts";
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

/** Two ways to compute y: `whole` leaves out what `apart` computes on the way. */
interface Either {
  readonly y: Storage;
  readonly apart: readonly Work[];
  readonly whole: readonly Work[];
}

type Work = Dispatch | Either;

interface Recording {
  readonly gpu: Gpu;
  list: Work[];
}

export type { EmitOptions };

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

/** Appends one dispatch to the plan that is being recorded. */
export function emit<N extends string>(
  kernel: Kernel<N>,
  tensors: Readonly<Record<N, Bound>>,
  groups: number | readonly number[],
  options: EmitOptions = {},
): void {
  const { gpu, list } = current(`emit ${kernel.label}`);
  const made = makeDispatch(gpu, kernel, tensors, groups, options);
  if (made) list.push(made);
}

/** One way to do the work of a dispatch. */
export interface Form<N extends string> {
  /** Names it among its rivals, as `subgroup 32 x 32`. */
  readonly name: string;
  /** What runs. */
  readonly kernel: Kernel<N>;
  /** Values of its module constants. */
  readonly constants: Constants;
  /** How many workgroups. */
  readonly groups: readonly number[];
  /** Parameters that only this form takes so, beside those of all. */
  readonly params?: Params;
}

/**
 * Appends one dispatch in the best of several forms: the one that the device's
 * tuning table names for `key` (the kind of work and its sizes), else the
 * first. Forms take the same tensors.
 */
export function emitBest<N extends string>(
  key: string,
  forms: readonly Form<N>[],
  tensors: Readonly<Record<N, Bound>>,
  options: Omit<EmitOptions, "constants"> = {},
): void {
  const { gpu, list } = current(`emit ${key}`);
  const made = new Map<string, Dispatch>();
  for (const { name, kernel, constants, groups, params } of forms) {
    const own = {
      ...options,
      constants,
      params: { ...options.params, ...params },
    };
    const one = makeDispatch(gpu, kernel, tensors, groups, own);
    if (one) made.set(name, one);
  }
  const [first] = made.values();
  if (first) list.push({ ...first, race: { key, forms: made } });
}

/**
 * Appends the work of `apart`, which computes its result step by step, or that
 * of `whole`, which writes the same memory without the steps: the latter unless
 * something that is emitted later, or pinned, needs one of them.
 */
export function emitEither<T extends Bound>(
  apart: () => T,
  whole: (y: T) => void,
): T {
  const { list } = current("emit");
  const [y, steps] = captured(apart);
  const [, fused] = captured(() => whole(y));
  list.push({ y: y.storage, apart: steps, whole: fused });
  return y;
}

function captured<T>(f: () => T): [T, Work[]] {
  const recorder = current("emit");
  const { list } = recorder;
  const own: Work[] = [];
  recorder.list = own;
  try {
    return [f(), own];
  } finally {
    recorder.list = list;
  }
}

function stepByStep(list: readonly Work[]): Dispatch[] {
  return list.flatMap((work) =>
    "apart" in work ? stepByStep(work.apart) : [work]
  );
}

/**
 * Whether a transient that was just computed may be settled elsewhere: one
 * dispatch writes it, none reads it yet, nothing pinned it.
 */
export function isFreshResult(storage: Storage): boolean {
  if (storage.pinned) return false;
  let writes = 0;
  for (const { kernel, storages } of stepByStep(current("inspect").list)) {
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
  const { list, result } = traced(gpu, trace);
  const chosen = await gpu.tuning.resolve(gpu, list);
  return Object.assign(await Plan.compile(gpu, chosen), { result });
}

/** What a plan of `trace` would hold; nothing is built, and nothing takes memory. */
export function measure(gpu: Gpu, trace: () => unknown): Footprint {
  return footprint(traced(gpu, trace).list);
}

function traced<T>(
  gpu: Gpu,
  trace: () => T,
): { readonly list: Dispatch[]; readonly result: T } {
  if (recording) {
    throw new Error("Cannot record: a plan is already being recorded");
  }
  const list: Work[] = [];
  recording = { gpu, list };
  try {
    const result = trace();
    return { list: prune(list), result };
  } finally {
    recording = undefined;
  }
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
      kept.push(...prune(read ? work.apart : work.whole, wanted).reverse());
    } else if (written(work).some(needs)) {
      for (const s of work.storages.values()) wanted.add(s);
      kept.push(work);
    }
  }
  return kept.reverse();
}

function written({ kernel, storages }: Dispatch): Storage[] {
  return kernel.bindings.filter(({ access }) => access === "read_write")
    .map(({ name }) => storages.get(name)!);
}

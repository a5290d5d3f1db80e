import { type Kernel, packParams, type Params } from "./kernel.ts";
import type { Constants } from "./specialize.ts";
import type { Storage } from "./storage.ts";
import type { Traits } from "./traits.ts";

/** What a dispatch binds: its memory; shape and type are told by profiles. */
export interface Bound {
  /** Its memory. */
  readonly storage: Storage;
  /** Sizes, the slowest axis first. */
  readonly shape?: readonly number[];
  /** Element type. */
  readonly dtype?: string;
  /** Where its values come from, for messages: "it is ...". */
  readonly filledBy?: string;
}

/** One kernel run: what it reads and writes, with what parameters, how often. */
export interface Dispatch {
  /** What runs. */
  readonly kernel: Kernel;
  /** What it binds, by the names of its variables. */
  readonly tensors: Readonly<Record<string, Bound>>;
  /** The memory behind it. */
  readonly storages: ReadonlyMap<string, Storage>;
  /** Its `Params`, laid out. */
  readonly params: Uint8Array;
  /** Values of its module constants. */
  readonly constants: Constants;
  /** How many workgroups in each dimension. */
  readonly groups: readonly [number, number, number];
  /** Floating-point or integer operations, where they are known. */
  readonly flops: number | undefined;
  /** Other forms of the same work, where there are some to choose from. */
  readonly race?: Race;
}

/** Forms of one dispatch; the first is the one to take unless a race was won. */
export interface Race {
  /** Names the kind of work and its sizes, as `matmul f32 2048 x 128 x 512`. */
  readonly key: string;
  /** By the names under which tables keep the winner. */
  readonly forms: ReadonlyMap<string, Dispatch>;
}

/** What a dispatch passes to its kernel beside the tensors. */
export interface EmitOptions {
  /** Run-time values: every field of the kernel's `Params`. */
  readonly params?: Params;
  /** Values of module constants; each new set costs a pipeline. */
  readonly constants?: Constants;
  /** Operations of the dispatch, for profiles to tell their rate. */
  readonly flops?: number;
}

/** Checks one dispatch; undefined for one that has no groups and so no work. */
export function makeDispatch<N extends string>(
  { maxBindingBytes, maxGroups }: Traits,
  kernel: Kernel<N>,
  tensors: Readonly<Record<N, Bound>>,
  groups: number | readonly number[],
  { params = {}, constants = {}, flops }: EmitOptions,
): Dispatch | undefined {
  const [x = 1, y = 1, z = 1] = typeof groups === "number" ? [groups] : groups;
  if (
    ![x, y, z].every((n) => Number.isInteger(n) && n >= 0 && n <= maxGroups)
  ) {
    throw new RangeError(
      `Cannot emit ${kernel.label}: groups ${[x, y, z]} go beyond ${maxGroups}`,
    );
  }
  const storages = new Map<string, Storage>();
  const written = new Set<Storage>();
  for (const { name, f32, access } of kernel.bindings) {
    const { storage, dtype, shape = [] } = tensors[name];
    if (f32 && (dtype === "u32" || dtype === "i32")) {
      throw new TypeError(
        `Cannot emit ${kernel.label}: ${name} takes f32, found ${dtype} [${shape}]`,
      );
    }
    if (access === "read_write") written.add(storage);
    if (storage.disposed) {
      throw new Error(`Cannot emit ${kernel.label}: ${name} was disposed of`);
    }
    if (storage.bytes > maxBindingBytes) {
      throw new RangeError(
        `Cannot emit ${kernel.label}: ${name} has ${storage.bytes} bytes, the adapter binds at most ${maxBindingBytes}`,
      );
    }
    storages.set(name, storage);
  }
  if (x * y * z === 0) return undefined;
  for (const { name, access } of kernel.bindings) {
    if (access === "read" && written.has(storages.get(name)!)) {
      throw new Error(
        `Cannot emit ${kernel.label}: it reads ${name} and writes the same tensor; declare one read_write variable for both`,
      );
    }
  }
  return {
    kernel,
    tensors,
    storages,
    params: packParams(kernel, params),
    constants,
    groups: [x, y, z],
    flops,
  };
}

/** `KERNEL.ENTRY`, the name in profiles. */
export function dispatchLabel({ kernel }: Dispatch): string {
  return `${kernel.label}.${kernel.entry}`;
}

/** `KERNEL.ENTRY reads x f32 [2048,128]`, for messages. */
export function readerLabel(dispatch: Dispatch, name: string): string {
  const { shape, dtype = "f32" } = dispatch.tensors[name]!;
  const what = shape ? ` ${dtype} [${shape}]` : "";
  return `${dispatchLabel(dispatch)} reads ${name}${what}`;
}

/** Bytes of the memory that a dispatch binds, each storage once. */
export function boundBytes({ storages }: Dispatch): number {
  return [...new Set(storages.values())].reduce((n, s) => n + s.bytes, 0);
}

/** `x f32[2048,128]` of each tensor that a dispatch binds. */
export function boundShapes({ kernel, tensors }: Dispatch): string[] {
  return kernel.bindings.map(({ name }) => {
    const { storage, shape, dtype } = tensors[name]!;
    return shape
      ? `${name} ${dtype ?? ""}[${shape}]`
      : `${name} ${storage.bytes} bytes`;
  });
}

import { type Dispatch, readerLabel } from "./dispatch.ts";
import { isPaged } from "./paging.ts";
import type { Pool } from "./pool.ts";
import type { Storage } from "./storage.ts";

/** A pinned storage that a plan reads before it writes it, and where. */
interface Input {
  readonly storage: Storage;
  readonly reader: string;
  readonly filledBy: string | undefined;
}

/** Every pinned storage that dispatches bind, once. */
export function pinnedOf(list: readonly Dispatch[]): Storage[] {
  const all = list.flatMap(({ storages }) => [...storages.values()]);
  return [...new Set(all)].filter(({ pinned }) => pinned);
}

/** Which tensors a plan takes and gives: checks that they have values, and notes that they have. */
export class PinnedValues {
  readonly #inputs: readonly Input[];
  readonly #bound: readonly (readonly [Storage, GPUBuffer | undefined])[];
  readonly #results: readonly Storage[];
  #checkedAt: number | undefined;
  #noted = false;

  /** Of a plan whose memory is placed in `pool`. */
  constructor(readonly pool: Pool, list: readonly Dispatch[]) {
    const written = new Set<Storage>();
    const inputs = new Map<Storage, Input>();
    for (const dispatch of list) {
      const { kernel, storages, tensors } = dispatch;
      for (const { name, access } of kernel.bindings) {
        const storage = storages.get(name)!;
        if (!storage.pinned) continue;
        if (access === "read_write") written.add(storage);
        else if (!written.has(storage) && !inputs.has(storage)) {
          const reader = readerLabel(dispatch, name);
          const { filledBy } = tensors[name]!;
          inputs.set(storage, { storage, reader, filledBy });
        }
      }
    }
    this.#inputs = [...inputs.values()];
    this.#results = [...written];
    for (const storage of written) storage.planned = true;
    this.#bound = pinnedOf(list).map((storage) => [storage, storage.buffer]);
  }

  /**
   * Throws for an input that nobody wrote, and for memory that was given back;
   * looks again only once some memory of the pool was.
   */
  check(): void {
    if (this.#checkedAt === this.pool.losses) return;
    for (const [storage, buffer] of this.#bound) {
      if (storage.buffer === buffer) continue;
      throw new Error(
        "Cannot run a plan whose tensors were disposed of or moved: record it again",
      );
    }
    for (const { storage, reader, filledBy } of this.#inputs) {
      if (storage.fault) throw storage.fault;
      if (storage.filled || isPaged(storage)) continue;
      const why = storage.planned
        ? "the plan that computes it has not run"
        : filledBy ??
          "it was never written: write() it, or keep() it in the plan that computes it";
      throw new Error(`Cannot run: ${reader}, which has no values; ${why}`);
    }
    this.#checkedAt = this.pool.losses;
  }

  /** Notes that the results have values. */
  noteRun(): void {
    if (this.#noted) return;
    this.#noted = true;
    for (const storage of this.#results) storage.fill();
  }

  /** Notes that the results were not computed. */
  noteFailure(failure: Error): void {
    this.#noted = false;
    this.pool.losses++;
    for (const storage of this.#results) storage.spoil(failure);
  }
}

import type { Dispatch } from "./dispatch.ts";
import { sizeClass } from "./pool.ts";
import type { Storage } from "./storage.ts";

/** What a plan of these dispatches holds. */
export interface Footprint {
  /** Bytes of its transients, as they share buffers. */
  readonly transient: number;
  /** Every pinned storage that it binds, placed or not. */
  readonly pinned: ReadonlySet<Storage>;
}

/** Works out what `place` will take, without taking it. */
export function footprint(list: readonly Dispatch[]): Footprint {
  const pinned = new Set<Storage>();
  const lastUse = new Map<Storage, number>();
  list.forEach((d, i) => d.storages.forEach((s) => lastUse.set(s, i)));
  const taken = new Set<Storage>();
  const free = new Map<number, number>();
  let transient = 0;
  list.forEach((d, i) => {
    const own = new Set(d.storages.values());
    for (const s of own) {
      if (s.pinned) pinned.add(s);
      if (s.pinned || taken.has(s)) continue;
      taken.add(s);
      const size = sizeClass(s.bytes);
      const left = free.get(size) ?? 0;
      if (left > 0) free.set(size, left - 1);
      else transient += size;
    }
    for (const s of own) {
      if (s.pinned || lastUse.get(s) !== i) continue;
      const size = sizeClass(s.bytes);
      free.set(size, (free.get(size) ?? 0) + 1);
    }
  });
  return { transient, pinned };
}

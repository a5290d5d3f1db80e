import { Pacing } from "./pacing.ts";
import type { Storage } from "./storage.ts";

/** Fills one storage of a page with its values. */
type Fill = () => Promise<void>;

interface Paged {
  readonly frame: PageFrame;
  readonly page: number;
  readonly fill: Fill;
}

const paged = new WeakMap<Storage, Paged>();

/**
 * Memory that pages take in turns: groups of storages with the same buffers,
 * such as the weights of a network's blocks, of which a plan needs one after
 * the other. A plan fills what it comes to need and finds replaced.
 */
export class PageFrame {
  #page: number | undefined;
  readonly #filled = new Set<Paged>();

  /** Makes a storage, whose buffer is set, part of a page; `fill` writes its values. */
  add(page: number, storage: Storage, fill: Fill): void {
    paged.set(storage, { frame: this, page, fill });
  }

  /** @internal */
  async need(page: number, storages: readonly Paged[]): Promise<void> {
    if (this.#page !== page) this.#filled.clear();
    this.#page = page;
    for (const one of storages) {
      if (this.#filled.has(one)) continue;
      await one.fill();
      this.#filled.add(one);
    }
  }
}

/** Whether a storage's values come and go. */
export function isPaged(storage: Storage): boolean {
  return paged.has(storage);
}

/** Lets `part` live in `whole`, which is placed, from a byte that is a multiple of 256; it is paged as that is. */
export function settleInside(
  whole: Storage,
  part: Storage,
  offset: number,
): void {
  if (!whole.buffer) {
    throw new Error("Cannot bind a part of a tensor that has no memory yet");
  }
  part.settle(whole.buffer, whole.offset + offset, whole);
  const page = paged.get(whole);
  if (page) paged.set(part, page);
}

/** A run of a plan's steps for which one page, or none, has to be there. */
export interface Turn {
  /** The step after its last. */
  readonly end: number;
  /** Makes the page be there. */
  readonly need: () => Promise<void>;
  /** How its steps are parted. */
  readonly pacing: Pacing;
}

/** Cuts steps where they come to need another page; none if they need none. */
export function pageTurns(
  steps: readonly { readonly storages: ReadonlyMap<string, Storage> }[],
): Turn[] {
  const turns: { end: number; needed: Set<Paged>; first: Paged }[] = [];
  for (const [i, { storages }] of steps.entries()) {
    const needed = [...storages.values()].map((s) => paged.get(s))
      .filter((one) => one !== undefined);
    const [first] = needed;
    if (needed.some((one) => !samePage(one, first!))) {
      throw new Error("Cannot run a step that needs two pages at once");
    }
    const last = turns.at(-1);
    if (first && (!last || !samePage(first, last.first))) {
      turns.push({ end: i + 1, needed: new Set(needed), first });
    } else if (last) {
      last.end = i + 1;
      for (const one of needed) last.needed.add(one);
    }
  }
  return turns.map(({ end, needed, first: { frame, page } }, i) => ({
    end,
    pacing: new Pacing(end - (turns[i - 1]?.end ?? 0)),
    need: () => frame.need(page, [...needed]),
  }));
}

function samePage(a: Paged, b: Paged): boolean {
  return a.frame === b.frame && a.page === b.page;
}

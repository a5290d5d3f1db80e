import type { Dispatch } from "./dispatch.ts";
import type { Storage } from "./storage.ts";
import type { Traits } from "./traits.ts";

/** Two ways to compute y: `whole` leaves out what `apart` computes on the way. */
export interface Either {
  readonly y: Storage;
  readonly apart: readonly Work[];
  readonly whole: readonly Work[];
}

/** What a trace collects. */
export type Work = Dispatch | Either;

interface Uses {
  writes: number;
  reads: number;
}

/**
 * One call of a function that emits work: what it emitted, for which adapter,
 * and what others remember for as long as it lasts.
 */
export class Trace {
  #list: Work[] = [];
  #open: readonly object[] = [this.#list];
  #counts = true;
  readonly #uses = new Map<Storage, Uses>();
  readonly #slots = new Map<new () => unknown, unknown>();

  /** For an adapter of these traits. */
  constructor(readonly traits: Traits) {}

  /** What was emitted so far. */
  get list(): readonly Work[] {
    return this.#list;
  }

  /** Names the list that work is appended to now, see `isOpen`. */
  get place(): object {
    return this.#list;
  }

  /** Whether what was emitted at a place is there for what is emitted now: captured work may be dropped. */
  isOpen(place: object): boolean {
    return this.#open.includes(place);
  }

  /** Appends work. */
  push(work: Work): void {
    this.#list.push(work);
    if (!this.#counts || "apart" in work) return;
    for (const { name, access } of work.kernel.bindings) {
      const uses = this.usesOf(work.storages.get(name)!);
      if (access === "read") uses.reads++;
      else uses.writes++;
    }
  }

  /** How many dispatches wrote and read a storage so far. */
  usesOf(storage: Storage): Uses {
    let uses = this.#uses.get(storage);
    if (!uses) this.#uses.set(storage, uses = { writes: 0, reads: 0 });
    return uses;
  }

  /** What `f` returns, and what it emits instead of appending it; an `alternative` counts as no use. */
  capture<T>(f: () => T, alternative = false): [T, Work[]] {
    const [list, open, counts] = [this.#list, this.#open, this.#counts];
    const own: Work[] = [];
    this.#list = own;
    this.#open = [...open, own];
    if (alternative) this.#counts = false;
    try {
      return [f(), own];
    } finally {
      [this.#list, this.#open, this.#counts] = [list, open, counts];
    }
  }

  /** What a class keeps for this trace: made at the first call, gone with the trace. */
  slot<T>(kind: new () => T): T {
    let value = this.#slots.get(kind) as T | undefined;
    if (value === undefined) this.#slots.set(kind, value = new kind());
    return value;
  }
}

/** The trace of the call that is running: the only state of this module. */
let current: Trace | undefined;

/** The trace that is running, if any. */
export function runningTrace(): Trace | undefined {
  return current;
}

/** The trace that is running; throws what to do where there is none. */
export function traceFor(what: string): Trace {
  if (current) return current;
  throw new Error(
    `${
      callerName() ?? `Cannot ${what}`
    } outside of record(): call it in the function that record() is given`,
  );
}

const ROOT = new URL("..", import.meta.url).href;

/** The outermost function of this library, beside those of this folder, on the way here. */
function callerName(): string | undefined {
  let found: string | undefined;
  for (const line of new Error().stack?.split("\n").slice(1) ?? []) {
    const [, name, file] = /^\s*at (?:new )?([\w.#]+) \((.*):\d+:\d+\)$/
      .exec(line) ?? [];
    const isOwn = file?.startsWith(ROOT) && !/_(test|bench)\.ts$/.test(file);
    if (!isOwn) break;
    if (!file!.startsWith(`${ROOT}gpu/`)) found = `${name}()`;
  }
  return found;
}

/** Calls `f`, which may emit. Traces do not nest, and `f` is no async function. */
export function tracing<T>(trace: Trace, f: () => T): T {
  if (current) {
    throw new Error(
      "Cannot record: a plan is already being recorded; call record() after it, not in its function",
    );
  }
  current = trace;
  try {
    const result = f();
    refuseLater(result);
    return result;
  } finally {
    current = undefined;
  }
}

/** Throws for what a function returns that goes on after it returned: a promise, also in a list or object, or a generator. */
function refuseLater(result: unknown): void {
  if (typeof result !== "object" || result === null) return;
  const promises = [result, ...Object.values(result)]
    .filter((one) => one instanceof Promise);
  for (const one of promises) one.catch(() => {}); // it may fail once nothing is being recorded
  if (promises.length === 0 && !(result instanceof Iterator)) return;
  const found = promises.length > 0 ? "promise" : "generator";
  throw new TypeError(
    `record() takes a function that returns at once, found one that returns a ${found}: load and await before recording`,
  );
}

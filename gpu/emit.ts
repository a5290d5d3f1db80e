import {
  type Bound,
  type Dispatch,
  type EmitOptions,
  makeDispatch,
} from "./dispatch.ts";
import type { Kernel, Params } from "./kernel.ts";
import type { Constants } from "./specialize.ts";
import type { Storage } from "./storage.ts";
import { traceFor } from "./trace.ts";
import type { Traits } from "./traits.ts";

/** What the adapter of the recording can do, for choosing a kernel's form. */
export function traits(): Traits {
  return traceFor("compute").traits;
}

/** Appends one dispatch to the plan that is being recorded. */
export function emit<N extends string>(
  kernel: Kernel<N>,
  tensors: Readonly<Record<N, Bound>>,
  groups: number | readonly number[],
  options: EmitOptions = {},
): void {
  const trace = traceFor(`run ${kernel.label}`);
  const made = makeDispatch(trace.traits, kernel, tensors, groups, options);
  if (made) trace.push(made);
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
  const trace = traceFor(`run ${key}`);
  const made = new Map<string, Dispatch>();
  for (const { name, kernel, constants, groups, params } of forms) {
    const own = {
      ...options,
      constants,
      params: { ...options.params, ...params },
    };
    const one = makeDispatch(trace.traits, kernel, tensors, groups, own);
    if (one) made.set(name, one);
  }
  const [first] = made.values();
  if (first) trace.push({ ...first, race: { key, forms: made } });
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
  const trace = traceFor("compute");
  const [y, steps] = trace.capture(apart);
  const [, fused] = trace.capture(() => whole(y), true);
  trace.push({ y: y.storage, apart: steps, whole: fused });
  return y;
}

/**
 * Whether a transient that was just computed may be settled elsewhere: one
 * dispatch writes it, none reads it yet, nothing pinned it.
 */
export function isFreshResult(storage: Storage): boolean {
  const { reads, writes } = traceFor("inspect a result").usesOf(storage);
  return !storage.pinned && reads === 0 && writes === 1;
}

/** Groups of `block` threads covering n, folded into two dimensions beyond the limit. */
export function spread(n: number, block: number): [number, number] {
  const groups = Math.ceil(n / block);
  const most = 32768;
  return groups <= most ? [groups, 1] : [most, Math.ceil(groups / most)];
}

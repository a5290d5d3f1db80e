import { runningTrace } from "../gpu/trace.ts";
import type { Tensor } from "./tensor.ts";

/**
 * The gradient of input `i` so far, undefined where there is none yet. Who
 * takes it adds it to the gradient that it returns, which saves a pass.
 */
export type Take = (i: number) => Tensor | undefined;

/** Turns the gradient of an output into those of the inputs. */
export type Pullback = (
  dy: Tensor,
  take: Take,
) => readonly (Tensor | undefined)[];

/** Where a tensor came from. */
export interface Origin {
  /** Its place on the tape. */
  readonly at: number;
  readonly inputs: readonly Tensor[];
  readonly pullback: Pullback;
}

/**
 * Where each tensor of a trace came from: a slot of the trace, so that no
 * gradient is followed into another plan, whose transients are gone.
 */
export class Tape {
  /** Whether ops are noted. */
  on = true;
  readonly #origins = new Map<Tensor, Origin>();
  #length = 0;

  /** How many ops were noted. */
  get length(): number {
    return this.#length;
  }

  /** Notes how a gradient gets through `y`. */
  note(y: Tensor, inputs: readonly Tensor[], pullback: Pullback): void {
    if (this.on) this.#origins.set(y, { at: this.#length++, inputs, pullback });
  }

  /** Where `y` came from, if it was noted at place `since` or later. */
  originOf(y: Tensor, since: number): Origin | undefined {
    const origin = this.#origins.get(y);
    return origin && origin.at >= since ? origin : undefined;
  }
}

/**
 * Records `f` for its values alone: no gradient flows through what it
 * computes, and the tape does not grow.
 *
 * @example
 * ```ts
 * import { fromArray, linear, openGpu, record } from "@qvgen/qvgen";
 * import { withoutGradients } from "@qvgen/qvgen/autograd";
 *
 * using gpu = await openGpu();
 * const x = fromArray(gpu, [1, 4], [1, 2, 3, 4]);
 * const w = fromArray(gpu, [4, 4], new Float32Array(16).fill(1));
 * using plan = await record(gpu, () =>
 *   withoutGradients(() =>
 *     linear(x, w, undefined, { activation: "gelu" }).keep()
 *   ));
 * plan.run();
 * console.log(await plan.result.read(gpu)); // [10, 10, 10, 10]
 * ```
 */
export function withoutGradients<T>(f: () => T): T {
  const tape = runningTrace()?.slot(Tape);
  if (!tape) return f();
  const before = tape.on;
  tape.on = false;
  try {
    return f();
  } finally {
    tape.on = before;
  }
}

import { InputError } from "../../core/errors.ts";

/** Which of the two published tables of UniPC's flow sigmas to use. */
export type FlowGrid = "new" | "old";

/** Both of them. */
export const FLOW_GRIDS = ["new", "old"] as const satisfies FlowGrid[];

/** Choices that overrule the scheduler's config. */
export interface TimestepOptions {
  /** Above 1 spends more steps at high noise; flow schedulers alone take it. */
  readonly shift?: number;
  /** The grid of sigmas; default `new`. */
  readonly grid?: FlowGrid;
}

/**
 * A sampler whose every step is linear: with the sample x, the model's output
 * v, the tensors in `memory` and, where it is stochastic, fresh noise z, the
 * next [x, ...memory] is a matrix of plain numbers times [x, v, ...memory, z].
 * The host and a GPU kernel make the same step from the same `coefficients(i)`.
 */
export abstract class Scheduler {
  /** Names of the tensors kept from step to step, all zero at the start. */
  abstract readonly memory: readonly string[];
  /** Whether each step takes standard normal noise. */
  readonly stochastic: boolean = false;
  /** Timesteps that the model receives, one a step; empty before `setTimesteps`. */
  timesteps: Float32Array = new Float32Array(0);
  #next = 0;
  #kept: Float32Array<ArrayBuffer>[] = [];

  /** How many timesteps the model was trained with. */
  constructor(protected readonly trainTimesteps: number) {}

  /** Makes the table of `steps` steps and starts a new run. */
  setTimesteps(steps: number, options: TimestepOptions = {}): void {
    if (!Number.isInteger(steps) || steps < 1 || steps > this.trainTimesteps) {
      throw new InputError(
        `Steps ${steps} is no integer from 1 to ${this.trainTimesteps}`,
      );
    }
    const { shift } = options;
    if (shift !== undefined && !(shift > 0 && shift < Infinity)) {
      throw new InputError(`Shift ${shift} is no positive number`);
    }
    this.timesteps = Float32Array.from(this.prepare(steps, options));
    this.#next = 0;
    this.#kept = [];
  }

  /** Makes the tables of a run and returns its timesteps; InputError for options it does not take. */
  protected abstract prepare(
    steps: number,
    options: TimestepOptions,
  ): ArrayLike<number>;

  /**
   * Step i as a matrix: a row for each of [x, ...memory] after the step, a
   * column for each of [x, v, ...memory] before it, and for z if stochastic.
   */
  abstract coefficients(i: number): readonly (readonly number[])[];

  /** The clean sample at step i as a combination of [x, v]. */
  abstract clean(i: number): readonly [x: number, v: number];

  /** The next sample from the model's output for `x`; nothing given is changed. */
  step(
    modelOutput: Float32Array,
    x: Float32Array,
    noise?: Float32Array,
  ): Float32Array<ArrayBuffer> {
    if (this.#next >= this.timesteps.length) {
      throw new RangeError(
        `Step ${this.#next} is not among the ${this.timesteps.length} steps`,
      );
    }
    if (this.stochastic && !noise) {
      throw new RangeError(`Step ${this.#next} takes noise, found none`);
    }
    const memory = this.memory.map((_, k) => this.#kept[k]);
    const terms = [x, modelOutput, ...memory, noise];
    const [next, ...kept] = this.coefficients(this.#next).map((row) =>
      combination(row, terms, x.length)
    );
    this.#next++;
    this.#kept = kept;
    return next!;
  }
}

/** sum of c_j term_j in f64, rounded once; a missing term is zero. */
function combination(
  row: readonly number[],
  terms: readonly (Float32Array | undefined)[],
  size: number,
): Float32Array<ArrayBuffer> {
  const used = terms.flatMap((term, j) =>
    term && row[j] ? [{ c: row[j], term }] : []
  );
  const out = new Float32Array(size);
  for (let at = 0; at < size; at++) {
    let sum = 0;
    for (const { c, term } of used) sum += c * term[at]!;
    out[at] = sum;
  }
  return out;
}

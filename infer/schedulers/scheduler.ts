import { InputError } from "../../core/errors.ts";

/** Which of the two published tables of UniPC's flow sigmas to use. */
export type FlowGrid = "new" | "old";

/** Choices that overrule the scheduler's config. */
export interface TimestepOptions {
  /** Above 1 spends more steps at high noise. */
  readonly shift?: number;
  /** By default the new one. */
  readonly grid?: FlowGrid;
}

/** Sigmas of a run (N + 1, falling to 0) and the N times the model is told. */
export interface SigmaTable {
  /** From most noise to 0. */
  readonly sigmas: ArrayLike<number>;
  /** In units of the training timesteps. */
  readonly timesteps: ArrayLike<number>;
}

/**
 * A sampler whose every step is linear: with the sample x, the model's output v
 * and the tensors in `memory`, the next [x, ...memory] is a matrix of plain
 * numbers times [x, v, ...memory]. The host and a GPU kernel make the same step
 * from the same `coefficients(i)`.
 */
export abstract class Scheduler {
  /** Names of the tensors kept from step to step, all zero at the start. */
  abstract readonly memory: readonly string[];
  /** What the model is told at each step; empty before `setTimesteps`. */
  timesteps: Float32Array = new Float32Array(0);
  /** Noise levels, one more than steps, the last 0; rounded to f32. */
  sigmas: Float32Array = new Float32Array(0);
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
    const table = this.table(steps, options);
    this.sigmas = Float32Array.from(table.sigmas);
    this.timesteps = Float32Array.from(table.timesteps);
    this.#next = 0;
    this.#kept = [];
  }

  /** The table of a run, before rounding. */
  protected abstract table(steps: number, options: TimestepOptions): SigmaTable;

  /**
   * Step i as a matrix: a row for each of [x, ...memory] after the step, a
   * column for each of [x, v, ...memory] before it.
   */
  abstract coefficients(i: number): readonly (readonly number[])[];

  /** The next sample from the model's output for `x`; neither is changed. */
  step(
    modelOutput: Float32Array,
    x: Float32Array,
  ): Float32Array<ArrayBuffer> {
    if (this.#next >= this.timesteps.length) {
      throw new RangeError(
        `Step ${this.#next} is not among the ${this.timesteps.length} steps`,
      );
    }
    const memory = this.memory.map((_, k) => this.#kept[k]);
    const terms = [x, modelOutput, ...memory];
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

/** numpy's linspace without its last point: n values from a towards b. */
export function linspace(a: number, b: number, n: number): number[] {
  const step = (b - a) / n;
  return Array.from({ length: n }, (_, i) => a + i * step);
}

/** The shift of a flow sigma towards noise, for shift above 1. */
export function shifted(u: number, shift: number): number {
  return shift * u / (1 + (shift - 1) * u);
}

import { Scheduler, type TimestepOptions } from "./scheduler.ts";

/** Sigmas of a run (N + 1, falling to 0) and the N times that the model receives. */
export interface SigmaTable {
  /** Noise levels, falling to 0. */
  readonly sigmas: ArrayLike<number>;
  /** Times in units of the training timesteps. */
  readonly timesteps: ArrayLike<number>;
}

/** A sampler on the straight path x = (1 - sigma) x0 + sigma noise. */
export abstract class FlowScheduler extends Scheduler {
  /** Noise levels, one more than steps, the last 0; rounded to f32. */
  sigmas: Float32Array = new Float32Array(0);

  /** The table of a run, before rounding. */
  protected abstract table(steps: number, options: TimestepOptions): SigmaTable;

  /** x - sigma v. */
  override clean(i: number): readonly [number, number] {
    return [1, -this.sigmas[i]!];
  }

  /** Keeps the sigmas of the table, returns its timesteps. */
  protected override prepare(
    steps: number,
    options: TimestepOptions,
  ): ArrayLike<number> {
    const { sigmas, timesteps } = this.table(steps, options);
    this.sigmas = Float32Array.from(sigmas);
    return timesteps;
  }
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

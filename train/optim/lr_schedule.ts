/** Names of the schedules, as diffusers.optimization.get_scheduler has them. */
export const LR_SCHEDULES = [
  "constant",
  "constant_with_warmup",
  "linear",
  "cosine",
  "cosine_with_restarts",
  "polynomial",
] as const;

/** One of the names in `LR_SCHEDULES`. */
export type LrScheduleName = (typeof LR_SCHEDULES)[number];

/** A learning rate over a run of `steps` optimiser steps. */
export interface LrSchedule {
  /** Shape of the curve. */
  readonly name: LrScheduleName;
  /** The rate after the warm-up. */
  readonly baseLr: number;
  /** Steps in which the rate rises from 0; `constant` has none. */
  readonly warmUp: number;
  /** Optimiser steps of the run, warm-up included. */
  readonly steps: number;
  /** Waves of the cosines: by default half a wave, or one restart cycle. */
  readonly cycles?: number;
  /** Exponent of `polynomial`, by default 1. */
  readonly power?: number;
}

const POLYNOMIAL_END = 1e-7; // where `polynomial` ends, as a learning rate

/**
 * The learning rate of optimiser step `step`, counted from 0.
 *
 * @example
 * ```ts
 * import { learningRate } from "@qvgen/qvgen/train";
 *
 * const cosine = { name: "cosine", baseLr: 3e-5, warmUp: 5, steps: 50 } as const;
 * console.assert(learningRate(0, cosine) === 0);
 * console.assert(learningRate(5, cosine) === 3e-5);
 * ```
 */
export function learningRate(step: number, schedule: LrSchedule): number {
  const { name, baseLr, warmUp, steps } = schedule;
  if (name === "constant") return baseLr;
  if (step < warmUp) return baseLr * step / warmUp;
  if (name === "polynomial" && step >= steps) return POLYNOMIAL_END;
  const done = (step - warmUp) / Math.max(1, steps - warmUp);
  return decay(done, schedule);
}

/** The rate at a share `done` of the steps after the warm-up, 1 at the end. */
function decay(done: number, schedule: LrSchedule): number {
  const { name, baseLr, cycles, power = 1 } = schedule;
  switch (name) {
    case "constant":
    case "constant_with_warmup":
      return baseLr;
    case "linear":
      return baseLr * Math.max(0, 1 - done);
    case "cosine": // half a wave ends at 0; past the end it rises again
      return baseLr * wave(2 * (cycles ?? 0.5) * done);
    case "cosine_with_restarts":
      return done >= 1 ? 0 : baseLr * wave((cycles ?? 1) * done % 1);
    case "polynomial":
      return (baseLr - POLYNOMIAL_END) * (1 - done) ** power + POLYNOMIAL_END;
  }
}

/** A cosine that falls from 1 at 0 to 0 at 1, and rises again. */
function wave(x: number): number {
  return (1 + Math.cos(Math.PI * x)) / 2;
}

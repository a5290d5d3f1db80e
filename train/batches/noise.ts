import type { Prediction } from "../../models/video_transformer.ts";
import { alphaBars } from "../../infer/schedulers/alpha_bar.ts";
import type { SchedulerConfig } from "../../infer/schedulers/config.ts";

/** How far a training sample is noised: x_t = signal x0 + noise eps. */
export interface NoiseLevel {
  /** The timestep that the model receives. */
  readonly timestep: number;
  /** Factor of the clean latents. */
  readonly signal: number;
  /** Factor of the noise, rounded to f32. */
  readonly noise: number;
}

/** The noise level at u in [0, 1), which falls from the most noise. */
export type NoiseLevels = (u: number) => NoiseLevel;

/**
 * The flow table of shift 1, which falls from sigma 1: x_t = (1 - sigma) x0 +
 * sigma eps. The timestep is sigma in whole training timesteps, never 0; it is
 * counted, not truncated from an f32 product, which is one too small for five
 * of a thousand sigmas.
 */
export function flowLevels(trainTimesteps = 1000): NoiseLevels {
  return (u) => {
    const timestep = trainTimesteps - indexOf(u, trainTimesteps);
    return flowLevel(timestep / trainTimesteps, timestep);
  };
}

/** The level of the flow at sigma. */
export function flowLevel(sigma: number, timestep: number): NoiseLevel {
  const noise = Math.fround(sigma);
  return { timestep, signal: 1 - noise, noise };
}

/**
 * CogVideoX's levels, timesteps from the last training timestep to 0: x_t =
 * sqrt(abar) x0 + sqrt(1 - abar) eps.
 *
 * The authors compare predictions of x0, weighted by 1 / (1 - abar). As x0 =
 * sqrt(abar) x_t - sqrt(1 - abar) v, that is the squared difference of the
 * velocities without a weight, as with flows: so one loss serves both.
 */
export function vLevels(bars: ArrayLike<number>): NoiseLevels {
  return (u) => {
    const timestep = bars.length - 1 - indexOf(u, bars.length);
    const bar = bars[timestep]!;
    const noise = Math.fround(Math.sqrt(1 - bar));
    return { timestep, signal: Math.sqrt(bar), noise };
  };
}

/** The levels that a network with this prediction is trained on; of a `v` network by its scheduler's config. */
export function noiseLevels(
  prediction: Prediction,
  scheduler: SchedulerConfig,
): NoiseLevels {
  return prediction === "flow" ? flowLevels() : vLevels(alphaBars(scheduler));
}

function indexOf(u: number, count: number): number {
  return Math.min(Math.floor(u * count), count - 1);
}

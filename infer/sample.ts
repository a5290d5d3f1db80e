import type { Denoiser } from "./denoiser.ts";
import { guide } from "./guidance.ts";
import type { Scheduler } from "./schedulers/scheduler.ts";

export interface SampleOptions {
  /** Standard normal latents [C, T, H, W]: the clip before its first step. */
  readonly noise: Float32Array<ArrayBuffer>;
  /** Strength of classifier-free guidance; 1 goes without. */
  readonly guidance: number;
  /** Called after each step with the number of steps done. */
  readonly onStep?: (done: number) => void;
}

/** How many samples a guided or unguided call of the transformer has. */
export function callBatch(guidance: number): 1 | 2 {
  return guidance === 1 ? 1 : 2;
}

/**
 * Denoises from pure noise to clean latents [C, T, H, W]. The scheduler has its
 * timesteps set; the denoiser has its text set: the prompt's rows, then, with
 * guidance, those of the negative prompt. Throws at a step whose result is not
 * finite.
 */
export async function sample(
  denoiser: Denoiser,
  scheduler: Scheduler,
  { noise, guidance, onStep = () => {} }: SampleOptions,
): Promise<Float32Array<ArrayBuffer>> {
  const batch = callBatch(guidance);
  if (denoiser.shape.batch !== batch) {
    throw new RangeError(
      `Cannot sample with guidance ${guidance}: the denoiser takes ${denoiser.shape.batch} samples a call, not ${batch}`,
    );
  }
  denoiser.quantised?.clips.restart();
  let x = noise;
  for (const [i, timestep] of scheduler.timesteps.entries()) {
    const velocity = await denoiser.predict(repeated(x, batch), timestep);
    const v = batch === 1 ? velocity : guide(
      velocity.subarray(0, x.length),
      velocity.subarray(x.length),
      guidance,
    );
    x = scheduler.step(v, x);
    if (!x.every(Number.isFinite)) {
      throw new Error(
        `Step ${
          i + 1
        } of ${scheduler.timesteps.length} made values that are not finite`,
      );
    }
    onStep(i + 1);
  }
  return x;
}

function repeated(
  x: Float32Array<ArrayBuffer>,
  times: number,
): Float32Array<ArrayBuffer> {
  if (times === 1) return x;
  const all = new Float32Array(times * x.length);
  for (let i = 0; i < times; i++) all.set(x, i * x.length);
  return all;
}

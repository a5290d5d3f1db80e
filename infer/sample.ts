import { firstBeyond } from "../core/first_beyond.ts";
import type { Denoiser } from "./denoiser.ts";
import { guidanceAt, type GuidanceRule, guide } from "./guidance.ts";
import type { Scheduler } from "./schedulers/scheduler.ts";

/** Latents and predictions are about 1. */
const LARGEST = 1e6;

/** What sample() starts from. */
export interface SampleOptions {
  /** Standard normal latents [clips, C, T, H, W]: clips before their first step. */
  readonly noise: Float32Array<ArrayBuffer>;
  /** Strength of classifier-free guidance; 1 goes without. */
  readonly guidance: number;
  /** How it changes over the steps; default constant. */
  readonly guidanceRule?: GuidanceRule;
  /** Standard normal noise of a step, shaped as the latents: what stochastic schedulers take. */
  readonly stepNoise?: (step: number) => Float32Array;
  /** Sees each step once it is made. */
  readonly onStep?: (step: SampledStep) => void | Promise<void>;
}

/** A denoising step; latents are [clips, C, T, H, W]. */
export interface SampledStep {
  /** Steps made, this one included. */
  readonly done: number;
  /** What the transformer answered: for the prompts, then, with guidance, for the negative one. */
  readonly predicted: Float32Array;
  /** Latents after the step. */
  readonly latents: Float32Array;
  /** The clean latents that the step is on its way to. */
  clean(): Float32Array<ArrayBuffer>;
}

/** How often the transformer is asked about each clip at a step. */
export function callsAStep(guidance: number): 1 | 2 {
  return guidance === 1 ? 1 : 2;
}

/** The texts that a step needs rows of: the prompts, then, with guidance, the negative one. */
export function promptTexts(
  prompts: readonly string[],
  negative: string,
  guidance: number,
): string[] {
  return callsAStep(guidance) === 2 ? [...prompts, negative] : [...prompts];
}

/**
 * Denoises clips side by side, from pure noise to clean latents
 * [clips, C, T, H, W]. The scheduler has its timesteps set; the denoiser has
 * its text set: the prompts' rows, then, with guidance, the negative prompt's
 * for each clip. Throws at a step whose
 * prediction or result is not finite or absurdly large.
 */
export async function sample(
  denoiser: Denoiser,
  scheduler: Scheduler,
  { noise, guidance, guidanceRule = "constant", stepNoise, onStep }:
    SampleOptions,
): Promise<Float32Array<ArrayBuffer>> {
  const calls = callsAStep(guidance);
  const { shape: { batch, latents }, transformer } = denoiser;
  const samples = calls * noise.length / latents.reduce((a, b) => a * b, 1);
  if (batch !== samples) {
    throw new RangeError(
      `Cannot sample with guidance ${guidance}: the denoiser takes ${batch} samples a call, not ${samples}`,
    );
  }
  denoiser.quantised?.rangeRule.restart();
  let x = noise;
  const steps = scheduler.timesteps.length;
  for (const [i, timestep] of scheduler.timesteps.entries()) {
    const asked = Math.min(calls, transformer.guidedCalls);
    const predicted = await denoiser.predict(twice(x, calls), timestep, asked);
    checkSane(predicted, `The prediction of step ${i + 1} of ${steps}`);
    const strength = guidanceAt(guidanceRule, guidance, timestep, steps);
    const v = calls === 1 ? predicted : guide(
      predicted.subarray(0, x.length),
      predicted.subarray(x.length),
      strength,
    );
    const noisy = x;
    x = scheduler.step(
      v,
      noisy,
      scheduler.stochastic ? stepNoise?.(i) : undefined,
    );
    checkSane(x, `Step ${i + 1} of ${steps}`);
    const clean = () => {
      const [a, b] = scheduler.clean(i);
      return noisy.map((value, k) => a * value + b * v[k]!);
    };
    await onStep?.({ done: i + 1, predicted, latents: x, clean });
  }
  return x;
}

function checkSane(values: Float32Array, what: string): void {
  const index = firstBeyond(values, LARGEST);
  if (index < 0) return;
  throw new Error(
    `${what} made the value ${
      values[index]
    }, accepted are finite ones up to ${LARGEST}: the model is damaged, or computes beyond f32`,
  );
}

function twice(
  x: Float32Array<ArrayBuffer>,
  calls: 1 | 2,
): Float32Array<ArrayBuffer> {
  if (calls === 1) return x;
  const both = new Float32Array(2 * x.length);
  both.set(x);
  both.set(x, x.length);
  return both;
}

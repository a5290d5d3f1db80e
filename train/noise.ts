/** How far a training sample is noised, and what the model is told. */
export interface NoiseLevel {
  /** Share of noise, from 1 / trainTimesteps to 1, rounded to f32. */
  readonly sigma: number;
  /** sigma in whole training timesteps, never 0. */
  readonly timestep: number;
}

/**
 * The noise level at u in [0, 1): the flow table of shift 1, which falls from
 * sigma 1. The timestep is counted, not truncated from an f32 product, which
 * is one too small for five of a thousand sigmas.
 */
export function noiseLevel(u: number, trainTimesteps = 1000): NoiseLevel {
  const index = Math.min(Math.floor(u * trainTimesteps), trainTimesteps - 1);
  const timestep = trainTimesteps - index;
  return { timestep, sigma: Math.fround(timestep / trainTimesteps) };
}

/** x_t = (1 - sigma) x0 + sigma eps. */
export function addNoise(
  x0: Float32Array,
  eps: Float32Array,
  sigma: number,
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(x0.length);
  for (let i = 0; i < out.length; i++) {
    out[i] = (1 - sigma) * x0[i]! + sigma * eps[i]!;
  }
  return out;
}

/** v = eps - x0, what a flow model without a teacher is trained to predict. */
export function velocity(
  x0: Float32Array,
  eps: Float32Array,
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(x0.length);
  for (let i = 0; i < out.length; i++) out[i] = eps[i]! - x0[i]!;
  return out;
}

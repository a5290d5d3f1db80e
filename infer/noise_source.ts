import { Stream } from "../core/random.ts";

/** Standard normal noise of a clip: `count` values for its first latents, or for a stochastic step. */
export type NoiseSource = (
  count: number,
  step?: number,
) => Float32Array<ArrayBuffer>;

/** Noise of the host's counter-based generator: a seed gives the same on every machine. */
export function seededNoise(seed: number): NoiseSource {
  return (count, step) =>
    step === undefined
      ? new Stream(seed, "latents", 0).normals(count)
      : new Stream(seed, "step noise", step).normals(count);
}

/** How diffusion models write a timestep as sines and cosines. */
export interface TimestepEmbeddingOptions {
  /** Values an embedding takes; an odd one ends with a zero. */
  readonly dim: number;
  /** Cosines first. */
  readonly flipSinToCos?: boolean;
  /** Subtracted from the number of frequencies in the exponent's divisor. */
  readonly downscaleFreqShift?: number;
  readonly maxPeriod?: number;
}

/**
 * Sinusoidal embeddings [timesteps, dim]: frequencies maxPeriod^(-i / (half -
 * shift)), computed in f64. Models differ in the order and in the shift.
 */
export function timestepEmbedding(
  timesteps: ArrayLike<number>,
  {
    dim,
    flipSinToCos = false,
    downscaleFreqShift = 1,
    maxPeriod = 10000,
  }: TimestepEmbeddingOptions,
): Float32Array<ArrayBuffer> {
  const half = Math.floor(dim / 2);
  const table = new Float32Array(timesteps.length * dim);
  for (let t = 0; t < timesteps.length; t++) {
    for (let i = 0; i < half; i++) {
      const angle = timesteps[t]! *
        maxPeriod ** (-i / (half - downscaleFreqShift));
      table[t * dim + i + (flipSinToCos ? half : 0)] = Math.sin(angle);
      table[t * dim + i + (flipSinToCos ? 0 : half)] = Math.cos(angle);
    }
  }
  return table;
}

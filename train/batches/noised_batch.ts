import { add, mul } from "../../autograd/binary.ts";
import { pinned, type Tensor } from "../../autograd/tensor.ts";
import { Stream } from "../../core/random.ts";
import type { Gpu } from "../../gpu/device.ts";
import type { NoiseLevel, NoiseLevels } from "./noise.ts";

/** Sizes of a training batch. */
export interface NoisedBatchShape {
  /** Samples. */
  readonly batch: number;
  /** [C, T, H, W] of one sample's latents. */
  readonly latents: readonly [number, number, number, number];
}

/** How noise levels are drawn. */
export interface DrawOptions {
  /** One draw in each of `batch` equal parts of [0, 1), so that a batch covers all levels. */
  readonly stratified: boolean;
  /** Above 1 draws more of the high levels, where a clip's layout is decided; default 1. */
  readonly shift?: number;
}

/** u where sigma = 1 - u becomes shift sigma / (1 + (shift - 1) sigma). */
function shifted(u: number, shift: number): number {
  return u / (1 + (shift - 1) * (1 - u));
}

/**
 * Clean latents and noise mixed on the GPU, each sample at a level of its own.
 * Levels and noise are drawn from (seed, step) alone.
 */
export class NoisedBatch implements Disposable {
  /** eps, [B, C, T, H, W]. */
  readonly noise: Tensor;
  readonly #noiseShare: Tensor;
  readonly #signalShare: Tensor;

  /** Memory for batches of a shape, noised as `levels` says. */
  constructor(
    readonly gpu: Gpu,
    readonly shape: NoisedBatchShape,
    readonly levels: NoiseLevels,
  ) {
    const { batch, latents } = shape;
    this.noise = pinned([batch, ...latents]);
    this.#noiseShare = pinned([batch, 1, 1, 1, 1]);
    this.#signalShare = pinned([batch, 1, 1, 1, 1]);
  }

  /** While recording: the noisy latents x_t of clean ones, [B, C, T, H, W]. */
  mix(x0: Tensor): Tensor {
    return add(
      mul(x0, this.#signalShare),
      mul(this.noise, this.#noiseShare),
    );
  }

  /** Draws the noise of a step and returns the samples' integer timesteps. */
  draw(
    seed: number,
    step: number,
    { stratified, shift = 1 }: DrawOptions,
  ): number[] {
    const { batch } = this.shape;
    const draws = new Stream(seed, "noise level", step).uniforms(batch);
    const levels = Array.from(
      draws,
      (u, i) => this.levels(shifted(stratified ? (i + u) / batch : u, shift)),
    );
    const noise = new Stream(seed, "noise", step).normals(this.noise.size);
    this.write(levels, noise);
    return levels.map(({ timestep }) => timestep);
  }

  /** Sets the samples' noise levels and their noise [B, C, T, H, W]. */
  write(
    levels: readonly NoiseLevel[],
    noise: Float32Array<ArrayBuffer>,
  ): void {
    const shares = (of: (level: NoiseLevel) => number) =>
      Float32Array.from(levels, of);
    this.#noiseShare.write(this.gpu, shares((level) => level.noise));
    this.#signalShare.write(this.gpu, shares((level) => level.signal));
    this.noise.write(this.gpu, noise);
  }

  /** Gives its memory back. */
  [Symbol.dispose](): void {
    for (const t of [this.noise, this.#noiseShare, this.#signalShare]) {
      t.dispose();
    }
  }
}

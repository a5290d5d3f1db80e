import { add } from "../autograd/add.ts";
import { mul } from "../autograd/mul.ts";
import { sub } from "../autograd/sub.ts";
import { pinned, type Tensor } from "../autograd/tensor.ts";
import { Stream } from "../core/random.ts";
import type { Gpu } from "../gpu/device.ts";
import { noiseLevel } from "./noise.ts";

/** Sizes of a training batch. */
export interface FlowBatchShape {
  /** Samples. */
  readonly batch: number;
  /** [C, T, H, W] of one sample's latents. */
  readonly latents: readonly [number, number, number, number];
}

/** How noise levels are drawn. */
export interface NoiseLevels {
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
 * Noise for flow matching on the GPU: x_t = (1 - sigma) x0 + sigma eps, whose
 * velocity is eps - x0. Levels and noise are drawn from (seed, step) alone.
 */
export class FlowBatch implements Disposable {
  /** eps, [B, C, T, H, W]. */
  readonly noise: Tensor;
  readonly #sigma: Tensor;
  readonly #rest: Tensor;

  /** Memory for batches of a shape. */
  constructor(readonly gpu: Gpu, readonly shape: FlowBatchShape) {
    const { batch, latents } = shape;
    this.noise = pinned([batch, ...latents]);
    this.#sigma = pinned([batch, 1, 1, 1, 1]);
    this.#rest = pinned([batch, 1, 1, 1, 1]);
  }

  /** While recording: the noisy latents and their velocity. */
  mix(x0: Tensor): { noisy: Tensor; velocity: Tensor } {
    const noisy = add(mul(x0, this.#rest), mul(this.noise, this.#sigma));
    return { noisy, velocity: sub(this.noise, x0) };
  }

  /** Draws the noise of a step and returns the samples' integer timesteps. */
  draw(
    seed: number,
    step: number,
    { stratified, shift = 1 }: NoiseLevels,
  ): number[] {
    const { batch } = this.shape;
    const draws = new Stream(seed, "noise level", step).uniforms(batch);
    const levels = Array.from(
      draws,
      (u, i) => noiseLevel(shifted(stratified ? (i + u) / batch : u, shift)),
    );
    const noise = new Stream(seed, "noise", step).normals(this.noise.size);
    this.write(levels.map(({ sigma }) => sigma), noise);
    return levels.map(({ timestep }) => timestep);
  }

  /** Sets the samples' noise levels and their noise [B, C, T, H, W]. */
  write(sigmas: readonly number[], noise: Float32Array<ArrayBuffer>): void {
    const sigma = Float32Array.from(sigmas);
    this.#sigma.write(this.gpu, sigma);
    this.#rest.write(this.gpu, sigma.map((s) => 1 - s));
    this.noise.write(this.gpu, noise);
  }

  /** Gives its memory back. */
  [Symbol.dispose](): void {
    for (const tensor of [this.noise, this.#sigma, this.#rest]) {
      tensor.dispose(this.gpu);
    }
  }
}

import { pinned, type Tensor } from "../../autograd/tensor.ts";
import type { Gpu } from "../../gpu/device.ts";

/** How many ranges each quantised linear holds, one for a span of timesteps. */
export interface RangeSettings {
  /** Ranges of one linear: the training timesteps are split into as many spans. */
  readonly count: number;
  /** Fixed share of a token's range that is kept before the learnt range. */
  readonly ratio: number;
}

/** Where the learnt ranges start: sigmoid gives 0.95 there. */
export const FIRST_RANGE_LOGIT: number = Math.log(0.95 / 0.05);

/**
 * What all quantised linears of a network share and what changes from call to
 * call: which activation range each sample of the batch uses, and gamma, which
 * fades the columns of Phi. Set the batch before a forward is recorded, and Phi
 * before each step of training.
 */
export class QuantContext implements Disposable {
  #index: Tensor | undefined;
  #hasPhi = true;
  readonly #gammas = new Map<number, Tensor>();

  /** The range index of each sample, u32 [B]. */
  get index(): Tensor {
    if (!this.#index) {
      throw new Error("Cannot quantise: no batch was set on the context");
    }
    return this.#index;
  }

  /** Declares a layer whose Phi starts with this rank. */
  declare(rank: number): void {
    if (rank > 0 && !this.#gammas.has(rank)) {
      this.#gammas.set(rank, pinned([rank]));
    }
  }

  /** Gamma of layers whose Phi starts with this rank, f32 [rank]; undefined once Phi is gone. */
  gamma(rank: number): Tensor | undefined {
    return this.#hasPhi ? this.#gammas.get(rank) : undefined;
  }

  /** Plans recorded from here on quantise `batch` samples with an index of their own. */
  setBatch(batch: number): Tensor {
    return this.#index = pinned([batch], "u32");
  }

  /**
   * Sets the gamma of each first rank for the runs that follow. Without
   * `gammaOf`, Phi is gone from the plans that are recorded from here on.
   */
  setPhi(
    gpu: Gpu,
    gammaOf?: (rank: number) => Float32Array<ArrayBuffer>,
  ): void {
    this.#hasPhi = gammaOf !== undefined;
    if (!gammaOf) return;
    for (const [rank, gamma] of this.#gammas) gamma.write(gpu, gammaOf(rank));
  }

  /** Gives the memory of the last batch's index and of gamma back. */
  [Symbol.dispose](): void {
    for (const t of [...this.#gammas.values(), this.#index]) t?.dispose();
  }
}

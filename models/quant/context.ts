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
 * fades the columns of Phi. Set the batch before a forward is recorded.
 */
export class QuantContext {
  /** Whether plans recorded from here on contain Phi. */
  phi = true;
  #index: Tensor | undefined;
  readonly #gammas = new Map<number, Tensor>();

  /** The range index of each sample, u32 [B]. */
  get index(): Tensor {
    if (!this.#index) {
      throw new Error("Cannot quantise: no batch was set on the context");
    }
    return this.#index;
  }

  /** Gamma of layers whose Phi starts with this rank, f32 [rank]. */
  gamma(rank: number): Tensor {
    let gamma = this.#gammas.get(rank);
    if (!gamma) this.#gammas.set(rank, gamma = pinned([rank]));
    return gamma;
  }

  /** Ranks that some layer asked a gamma for. */
  get ranks(): readonly number[] {
    return [...this.#gammas.keys()];
  }

  /** Plans recorded from here on quantise `batch` samples with an index of their own. */
  setBatch(batch: number): Tensor {
    return this.#index = pinned([batch], "u32");
  }

  /** Sets gamma [rank] for the runs that follow. */
  writeGamma(gpu: Gpu, rank: number, values: ArrayLike<number>): void {
    this.gamma(rank).write(gpu, Float32Array.from(values));
  }
}

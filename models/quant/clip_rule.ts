import {
  CLIP_GROUPS,
  clipIndex,
  officialCallIndex,
  officialTrainIndex,
} from "./clip_index.ts";

/** Names of the rules, as configs and packed folders write them. */
export type ClipRuleName = "product" | "official" | "last";

/**
 * Which activation clip each sample of a call uses. `product` goes by the
 * sample's timestep, in training and inference alike. `official` is what the
 * authors do: the batch's first timestep modulo G in training, and in
 * inference a count of the calls of each layer, conditional before
 * unconditional, whatever the timestep. `last` differs from it in inference,
 * where the last clip serves all calls: the authors' code without its `--fix`.
 */
export class ClipRule {
  #calls = 0;

  /** The rule of that name, among `groups` clips. */
  constructor(
    readonly name: ClipRuleName,
    readonly groups: number = CLIP_GROUPS,
  ) {}

  /** Indices of a training batch. */
  training(timesteps: ArrayLike<number>): Uint32Array<ArrayBuffer> {
    return Uint32Array.from(
      timesteps,
      (t) =>
        this.name === "product"
          ? clipIndex(t, this.groups)
          : officialTrainIndex(timesteps[0]!, this.groups),
    );
  }

  /** Indices of one denoising step whose samples stand for calls in their order. */
  inference(timestep: number, batch: number): Uint32Array<ArrayBuffer> {
    const first = this.#calls;
    this.#calls += batch;
    return Uint32Array.from(
      { length: batch },
      (_, i) => this.#ofCall(first + i, timestep),
    );
  }

  #ofCall(call: number, timestep: number): number {
    switch (this.name) {
      case "product":
        return clipIndex(timestep, this.groups);
      case "official":
        return officialCallIndex(call, this.groups);
      case "last":
        return officialCallIndex(0, this.groups);
    }
  }

  /** Starts the count of a new video. */
  restart(): void {
    this.#calls = 0;
  }
}

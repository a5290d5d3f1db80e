import {
  officialCallIndex,
  officialTrainIndex,
  RANGE_COUNT,
  rangeIndex,
} from "./range_index.ts";

/** Names of the rules, as configs and packed folders write them. */
export const RANGE_RULES = [
  "timestep",
  "official-count",
  "official-last",
] as const;

/** The name of a rule. */
export type RangeRuleName = typeof RANGE_RULES[number];

/** Names that earlier files have. */
const EARLIER: ReadonlyMap<string, RangeRuleName> = new Map([
  ["product", "timestep"],
  ["official", "official-count"],
  ["last", "official-last"],
]);

/** What a rule is called now, whatever a file calls it. */
export function currentRule(name: string): string {
  return EARLIER.get(name) ?? name;
}

/**
 * Which activation range each sample of a call uses. `timestep` goes by the
 * sample's timestep, in training and inference alike. `official-count` is what
 * the authors do: the batch's first timestep modulo G in training, and in
 * inference a count of the calls of each layer, conditional before
 * unconditional, whatever the timestep. `official-last` differs from it in
 * inference, where the last range serves all calls: the authors' code without
 * its `--fix`.
 */
export class RangeRule {
  #calls = 0;

  /** The rule of that name, among `count` ranges. */
  constructor(
    readonly name: RangeRuleName,
    readonly count: number = RANGE_COUNT,
  ) {}

  /** Indices of a training batch. */
  training(timesteps: ArrayLike<number>): Uint32Array<ArrayBuffer> {
    return Uint32Array.from(
      timesteps,
      (t) =>
        this.name === "timestep"
          ? rangeIndex(t, this.count)
          : officialTrainIndex(timesteps[0]!, this.count),
    );
  }

  /** Indices of one denoising step whose samples count as calls in their order. */
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
      case "timestep":
        return rangeIndex(timestep, this.count);
      case "official-count":
        return officialCallIndex(call, this.count);
      case "official-last":
        return officialCallIndex(0, this.count);
    }
  }

  /** Starts the count of a new video. */
  restart(): void {
    this.#calls = 0;
  }
}

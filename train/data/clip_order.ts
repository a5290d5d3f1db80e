import { Stream } from "../../core/random.ts";

/**
 * The endless order of a data set: every pass over it takes each clip once, in
 * an order that the seed and the number of the pass decide.
 */
export class ClipOrder {
  #pass = { number: -1, order: [] as readonly number[] };

  /** Of `count` clips. */
  constructor(readonly count: number, readonly seed: number) {}

  /** The clip at a place of the order. */
  at(index: number): number {
    const { count, seed } = this;
    const number = Math.floor(index / count);
    if (number !== this.#pass.number) {
      const stream = new Stream(seed, "order of clips", number);
      const clips = Array.from({ length: count }, (_, i) => i);
      this.#pass = { number, order: stream.shuffled(clips) };
    }
    return this.#pass.order[index % count]!;
  }
}

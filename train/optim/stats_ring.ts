import { pinned, type Tensor } from "../../autograd/tensor.ts";
import type { Gpu } from "../../gpu/device.ts";
import { emit } from "../../gpu/emit.ts";
import { ringWrite } from "../../kernels/ring.ts";

/** What a step left on the GPU. */
export interface StepStats {
  readonly step: number;
  readonly loss: number;
  readonly stats: readonly number[];
}

/**
 * Keeps loss and statistics of the last steps on the GPU, so that training
 * never waits inside a step; one read brings all steps since the last.
 */
export class StatsRing implements Disposable {
  readonly #slot = pinned([1], "u32");
  readonly #ring: Tensor;
  readonly #waiting: number[] = [];

  constructor(readonly gpu: Gpu, readonly width: number, readonly slots = 64) {
    this.#ring = pinned([slots, 1 + width]);
  }

  /** While recording: keeps what this plan computes. */
  record(loss: Tensor, stats: Tensor): void {
    if (stats.size !== this.width) {
      throw new RangeError(
        `Cannot keep ${stats.size} statistics: the ring takes ${this.width}`,
      );
    }
    emit(ringWrite, { loss, stats, slot: this.#slot, ring: this.#ring }, 1);
  }

  /** Whether the next step would overwrite one that was not read. */
  get full(): boolean {
    return this.#waiting.length === this.slots;
  }

  /** Chooses the row of a step; call it before the plan runs. */
  begin(step: number): void {
    if (this.full) throw new Error("The ring is full: read it first");
    this.#slot.write(this.gpu, Uint32Array.of(this.#waiting.length));
    this.#waiting.push(step);
  }

  /** All steps since the last read, oldest first; waits for them. */
  async read(): Promise<StepStats[]> {
    const steps = this.#waiting.splice(0);
    if (steps.length === 0) return [];
    const data = await this.#ring.read(this.gpu);
    return steps.map((step, i) => {
      const at = i * (1 + this.width);
      const [loss = NaN, ...stats] = data.subarray(at, at + 1 + this.width);
      return { step, loss, stats };
    });
  }

  [Symbol.dispose](): void {
    this.#slot[Symbol.dispose]();
    this.#ring[Symbol.dispose]();
  }
}

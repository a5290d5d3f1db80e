import { gradients } from "../../autograd/op.ts";
import { fromArray, type Tensor } from "../../autograd/tensor.ts";
import type { Gpu } from "../../gpu/device.ts";
import type { Plan } from "../../gpu/plan.ts";
import { record } from "../../gpu/record.ts";
import type { AdamW, StepStats } from "./optimizer.ts";
import { StatsRing } from "./stats_ring.ts";

/** A loss to minimise, and the inputs of each step. */
export interface Objective {
  /** Writes the inputs of a step, before anything else is asked about it. */
  prepare(step: number): void | Promise<void>;
  /** Names the plan that a step needs; another name means another plan. */
  planKey(step: number): string;
  /** While recording the plan of a step: emits the forward pass, returns the loss [1]. */
  loss(step: number): Tensor;
}

/** One step, as read back from the GPU. */
export interface TrainedStep extends StepStats {
  /** Counted from 0. */
  readonly step: number;
  /** Before its update. */
  readonly loss: number;
}

/** Learning rates and callbacks of a trainer. */
export interface TrainerOptions {
  /** Learning rate of an optimiser group at a step; undefined freezes it. */
  readonly rateOf: (group: string, step: number) => number | undefined;
  /** Called once a plan was recorded, before its first step. */
  readonly onPlan?: () => void | Promise<void>;
}

/**
 * Runs steps: inputs, forward, backward, gradient norm and update are one replayed
 * plan and, but on a slow adapter, one submission. Once a plan's first runs
 * have shown how long it takes, nothing waits for the GPU until `read()`.
 *
 * @example
 * ```ts
 * import {
 *   AdamW,
 *   fromArray,
 *   mse,
 *   openGpu,
 *   Parameter,
 *   ParameterArena,
 *   Trainer,
 * } from "@qvgen/qvgen";
 *
 * using gpu = await openGpu();
 * const w = new Parameter([2]).write(gpu, Float32Array.of(0, 0));
 * const target = fromArray(gpu, [2], [1, -1]);
 * using arena = ParameterArena.create(gpu, [["w", w]]);
 * using optimizer = new AdamW(gpu, arena);
 * const objective = {
 *   planKey: () => "the only plan",
 *   loss: () => mse(w, target),
 *   prepare: () => {}, // the target stays as it is
 * };
 *
 * using trainer = new Trainer(gpu, objective, optimizer, { rateOf: () => 0.1 });
 * for (let step = 0; step < 3; step++) await trainer.step(step);
 * const steps = await trainer.read();
 * console.log(steps.map(({ loss }) => loss)); // [1, 0.81, 0.64]
 * ```
 */
export class Trainer implements Disposable {
  readonly #ring: StatsRing;
  readonly #one: Tensor;
  #plan: { key: string; plan: Plan } | undefined;

  /** Trains the parameters of the optimiser's arena. */
  constructor(
    readonly gpu: Gpu,
    readonly objective: Objective,
    readonly optimizer: AdamW,
    readonly options: TrainerOptions,
  ) {
    this.#ring = new StatsRing(gpu, optimizer.stats.size);
    this.#one = fromArray(gpu, [1], [1]);
  }

  /** Whether `read()` must be called before the next step. */
  get full(): boolean {
    return this.#ring.full;
  }

  /** The plan of the last step, for its size and its profile. */
  get plan(): Plan | undefined {
    return this.#plan?.plan;
  }

  /** Submits one step. */
  async step(step: number): Promise<void> {
    await this.objective.prepare(step);
    const key = this.objective.planKey(step);
    if (this.#plan?.key !== key) {
      this.#plan?.plan[Symbol.dispose]();
      this.#plan = undefined;
      const plan = await record(this.gpu, () => this.emit(step));
      this.#plan = { key, plan };
      await this.options.onPlan?.();
    }
    this.optimizer.prepareStep((group) => this.options.rateOf(group, step));
    this.#ring.begin(step);
    await this.#plan.plan.runInParts();
  }

  /** The steps since the last read; throws if one of them was not finite. */
  async read(): Promise<TrainedStep[]> {
    const steps = await this.readAny();
    steps.forEach(checkFinite);
    return steps;
  }

  /** The steps since the last read, finite or not. */
  async readAny(): Promise<TrainedStep[]> {
    const rows = await this.#ring.read();
    return rows.map(({ step, loss, stats }) => ({
      step,
      loss,
      ...this.optimizer.explain(stats),
    }));
  }

  /**
   * While recording: emits all that a prepared step runs.
   * @internal
   */
  emit(step: number): void {
    const { arena } = this.optimizer;
    const loss = this.objective.loss(step);
    arena.collect(gradients(loss, this.#one, arena.parameters));
    this.optimizer.record();
    this.#ring.record(loss, this.optimizer.stats);
  }

  /** Gives its plan and statistics back; the optimiser belongs to others. */
  [Symbol.dispose](): void {
    this.#plan?.plan[Symbol.dispose]();
    this.#ring[Symbol.dispose]();
    this.#one[Symbol.dispose]();
  }
}

/** Throws for a step that was not finite; the optimiser skipped its update. */
export function checkFinite({ step, loss, norm }: TrainedStep): void {
  if (Number.isFinite(loss) && Number.isFinite(norm)) return;
  throw new Error(
    `Step ${
      step + 1
    } was not finite: loss ${loss}, gradient norm ${norm}; look at the data, or lower the learning rates`,
  );
}

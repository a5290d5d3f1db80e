import { mse } from "../../autograd/losses.ts";
import { detach } from "../../autograd/op.ts";
import type { Tensor } from "../../autograd/tensor.ts";
import type { Gpu } from "../../gpu/device.ts";
import type { RangeRule } from "../../models/quant/range_rule.ts";
import {
  type CallInputs,
  type CallShape,
  inputTensors,
  type VideoTransformer,
} from "../../models/video_transformer.ts";
import type { NoiseLevels } from "../batches/noise.ts";
import { NoisedBatch } from "../batches/noised_batch.ts";
import { enterStep } from "./phases.ts";
import type { RankDecay, RankDecayState } from "./rank_decay.ts";
import type { Student } from "./student.ts";
import type { Objective } from "../optim/trainer.ts";

/** Gives the batches of a run. */
export interface BatchSource extends Disposable {
  /** Sizes of a batch. */
  readonly shape: CallShape;
  /** While recording: the clean latents [B, C, T, H, W] of a batch. */
  latents(): Tensor;
  /**
   * Writes the clips of a step, their noise into `noised` and their text rows
   * [B, M, D] into `text`; returns the samples' timesteps.
   */
  write(step: number, noised: NoisedBatch, text: Tensor): Promise<number[]>;
}

/** Teacher, student and data of a distillation. */
export interface DistillationParts {
  /** The full-precision model, never changed. */
  readonly teacher: VideoTransformer;
  /** The model that is trained. */
  readonly student: Student;
  /** How Phi fades; `rank` is the student's. */
  readonly decay: RankDecay;
  /** How samples are noised, see `noiseLevels`. */
  readonly levels: NoiseLevels;
  /** Which activation range a sample uses. */
  readonly rangeRule: RangeRule;
  /** Batches of clips. */
  readonly batches: BatchSource;
}

/**
 * Knowledge distillation (Eq. 6): the mean squared difference between the
 * student's velocity and the frozen teacher's, on the same noisy latents.
 */
export class Distillation implements Objective, Disposable {
  readonly #inputs: CallInputs;
  readonly #noised: NoisedBatch;
  readonly #index: Tensor;
  #phi: RankDecayState | undefined;

  /** Makes the inputs of both models and sets the batch of the student's context. */
  constructor(readonly gpu: Gpu, readonly parts: DistillationParts) {
    const { teacher, student, batches: { shape } } = parts;
    this.#inputs = teacher.inputs(gpu, shape);
    this.#noised = new NoisedBatch(gpu, shape, parts.levels);
    this.#index = student.context.setBatch(shape.batch);
  }

  /** Phi at the step that was prepared last. */
  get phi(): RankDecayState {
    if (this.#phi) return this.#phi;
    throw new Error("Cannot tell the state of Phi: no step was prepared");
  }

  planKey(): string {
    return this.phi.hasPhi ? "with Phi" : "without Phi";
  }

  loss(): Tensor {
    const { teacher, student, batches } = this.parts;
    const noisy = this.#noised.mix(batches.latents());
    const inputs = { ...this.#inputs, latents: noisy };
    const target = detach(teacher.forward(inputs));
    return mse(student.transformer.forward(inputs), target);
  }

  async prepare(step: number): Promise<void> {
    const { gpu, parts: { teacher, student, decay, rangeRule, batches } } =
      this;
    const { text, time } = this.#inputs;
    const timesteps = await batches.write(step, this.#noised, text);
    time.write(gpu, teacher.timeEmbedding(timesteps));
    this.#index.write(gpu, rangeRule.training(timesteps));
    this.#phi = await enterStep(gpu, student, decay, step);
  }

  /** Gives its inputs and gamma back; models and batches belong to others. */
  [Symbol.dispose](): void {
    const { parts: { student: { context } } } = this;
    for (const tensor of inputTensors(this.#inputs)) tensor.dispose();
    context[Symbol.dispose]();
    this.#noised[Symbol.dispose]();
  }
}

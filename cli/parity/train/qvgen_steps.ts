import { fromArray, readAll, type Tensor } from "../../../autograd/tensor.ts";
import { InputError } from "../../../core/errors.ts";
import type { Gpu } from "../../../gpu/device.ts";
import { Checkpoint } from "../../../io/checkpoint.ts";
import { load } from "../../../models/weights/load.ts";
import { parameters } from "../../../models/module.ts";
import { RangeRule } from "../../../models/quant/range_rule.ts";
import { declareTransformer } from "../../../models/transformers.ts";
import type { CallShape } from "../../../models/video_transformer.ts";
import {
  type BatchSource,
  Distillation,
} from "../../../train/qvgen/distillation.ts";
import { flowLevel, flowLevels } from "../../../train/batches/noise.ts";
import type { NoisedBatch } from "../../../train/batches/noised_batch.ts";
import { AdamW } from "../../../train/optim/optimizer.ts";
import { ParameterArena } from "../../../train/optim/parameter_arena.ts";
import { declareStudent } from "../../../train/qvgen/student.ts";
import { Trainer } from "../../../train/optim/trainer.ts";
import type { Case } from "../case.ts";
import { compare, type Comparison } from "../compare.ts";
import type { Runner } from "../runner.ts";
import {
  comparedSchedule,
  groupOf,
  type RecordedRun,
  recordedRun,
} from "./settings.ts";
import { recordedUnder } from "./recorded_under.ts";

/** QVGen steps of a whole model, through every phase until Phi is gone. */
export const qvgenSteps: Runner = async (c, gpu) => {
  const run = recordedRun(c);
  using weights = await Checkpoint.open(c.ref("teacher"));
  const teacher = declareTransformer(weights.config ?? {}, weights.path);
  await load(gpu, teacher, weights);
  const student = declareStudent(teacher, run.student);
  const arena = ParameterArena.create(gpu, parameters(student.transformer), {
    groupOf,
  });
  await load(gpu, student.transformer, recordedUnder(c, "init."));
  using optimizer = new AdamW(gpu, arena, run.adamw);
  using batches = new RecordedBatches(gpu, c, run);
  using objective = new Distillation(gpu, {
    teacher,
    student,
    decay: run.decay,
    levels: flowLevels(),
    rangeRule: new RangeRule("official-count", run.student.ranges.count),
    batches,
  });
  using trainer = new Trainer(gpu, objective, optimizer, run);
  const losses = c.tensor("losses").values;
  const results: Comparison[] = [];
  for (let step = 0; step < run.steps; step++) {
    await trainer.step(step);
    const [trained] = await trainer.read();
    const limit = { relToMax: lossLimit(c, step) };
    results.push(
      compare(`losses[${step}]`, [trained!.loss], [losses[step]!], limit),
      ...comparedSchedule(run, step),
    );
    if (step === 0) results.push(...await comparedGradients(c, gpu, arena));
  }
  teacher[Symbol.dispose]();
  arena[Symbol.dispose]();
  return results;
};

/** Rounding flips codes from some step on; before, the curve is steady. */
function lossLimit(c: Case, step: number): number {
  const steady = step < c.number("steady_leading_steps");
  return c.tolerance(
    steady ? "loss_rel_in_the_leading_steady_steps" : "losses_rel_later",
  );
}

async function comparedGradients(
  c: Case,
  gpu: Gpu,
  { gradients, layout: { places } }: ParameterArena,
): Promise<Comparison[]> {
  const least = c.tolerance("grad0_cosine_per_tensor");
  const got = await readAll(
    gpu,
    places.map(({ parameter }) => gradients.of(parameter)),
  );
  return places.map(({ name }, i) => {
    const what = `grad0.${name}`;
    const off = 1 - cosine(got[i]!, c.tensor(what).values);
    return {
      what,
      maxAbs: off,
      maxRel: off,
      limit: `cosine ${least}`,
      used: Number.isNaN(off) ? Infinity : off / (1 - least),
    };
  });
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) =>
    x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  const norms = Math.sqrt(dot(a, a) * dot(b, b));
  return norms === 0 ? Number(dot(a, a) === dot(b, b)) : dot(a, b) / norms;
}

/** The recorded latents, noise and text rows, and the logged noise levels. */
class RecordedBatches implements BatchSource {
  readonly shape: CallShape;
  readonly #latents: Tensor;

  constructor(readonly gpu: Gpu, readonly c: Case, readonly run: RecordedRun) {
    const [, batch, ...latents] = c.tensor("data.latents").shape;
    this.shape = {
      batch: batch!,
      latents: latents as [number, number, number, number],
      textRows: c.tensor("data.text").shape.at(-2)!,
    };
    this.#latents = fromArray(
      gpu,
      [batch!, ...latents],
      this.#at("latents", 0),
    );
  }

  latents(): Tensor {
    return this.#latents;
  }

  write(step: number, noised: NoisedBatch, text: Tensor): Promise<number[]> {
    this.#latents.write(this.gpu, this.#at("latents", step));
    text.write(this.gpu, this.#text(step));
    const timesteps = this.#logged("timesteps", step);
    const levels = this.#logged("sigmas", step).map((sigma, b) =>
      flowLevel(sigma, timesteps[b]!)
    );
    noised.write(levels, this.#at("noise", step));
    return Promise.resolve(timesteps);
  }

  #at(name: string, step: number): Float32Array<ArrayBuffer> {
    const { values } = this.c.tensor(`data.${name}`);
    const size = values.length / this.run.steps;
    return values.slice(step * size, (step + 1) * size);
  }

  /** Of the step, [steps, batch, rows, columns], or the same in all of them; one may stand for a batch. */
  #text(step: number): Float32Array<ArrayBuffer> {
    const { shape, values } = this.c.tensor("data.text");
    const rows = shape.length === 4 && shape[0] === this.run.steps
      ? this.#at("text", step)
      : values;
    const size = shape.at(-2)! * shape.at(-1)!;
    const texts = rows.length / size;
    const all = new Float32Array(this.shape.batch * size);
    for (let b = 0; b < this.shape.batch; b++) {
      const from = b % texts * size;
      all.set(rows.subarray(from, from + size), b * size);
    }
    return all;
  }

  #logged(name: string, step: number): number[] {
    const list = this.run.log[step]?.[name];
    if (Array.isArray(list)) return list.map(Number);
    throw new InputError(`${this.c.path}: log[${step}] has no ${name}`);
  }

  [Symbol.dispose](): void {
    this.#latents.dispose();
  }
}

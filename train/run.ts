import { join } from "@std/path";
import type { Gpu } from "../gpu/device.ts";
import type { ClipShape } from "../io/video/clip.ts";
import { parameters } from "../models/module.ts";
import { RangeRule } from "../models/quant/range_rule.ts";
import type { Counting } from "./batches/latent_plan.ts";
import { readMetrics } from "./logs/metrics.ts";
import { RunLog } from "./logs/run_log.ts";
import { runSteps, Schedule } from "./loop.ts";
import { AdamW } from "./optim/optimizer.ts";
import { ParameterArena } from "./optim/parameter_arena.ts";
import { Trainer } from "./optim/trainer.ts";
import { Distillation } from "./qvgen/distillation.ts";
import { exportStudent } from "./qvgen/export.ts";
import { lockRunFolder, newRunFolder } from "./run_folder.ts";
import {
  openBatches,
  planRun,
  RANGES,
  type RunEvents,
  type RunInputs,
  type RunPlan,
} from "./run_plan.ts";
import { keepTuning } from "./run_tuning.ts";

/** A finished run. Until it is disposed no other run may begin in its folder. */
export interface FinishedRun extends Disposable {
  /** The folder of the whole pipeline with the trained transformer. */
  readonly model: string;
  /** The loss of the last step. */
  readonly loss: number;
  /** Captions of the clips it was trained on. */
  readonly captions: readonly string[];
  /** Size and speed of these clips. */
  readonly size: ClipShape;
}

/** A run, what it tells and what stops it. */
interface Running {
  readonly gpu: Gpu;
  readonly plan: RunPlan;
  readonly events: RunEvents;
  readonly stop: AbortSignal;
  /** Begins a part of the run, unless it is stopped. */
  begin(label: string, total?: number): void;
}

/**
 * A whole training run (QVGen, or one of the methods it is compared with): the
 * student is made from the teacher, distilled through all phases of the rank
 * decay, and written as a pipeline of its own in `OUT/model`. Throws InputError
 * before anything is written if something does not fit, or if another run is at
 * work in `OUT`; once `stop` is aborted the step under way is saved and the
 * signal's reason thrown.
 */
export async function trainRun(
  gpu: Gpu,
  inputs: RunInputs,
  events: RunEvents,
  stop: AbortSignal = new AbortController().signal,
): Promise<FinishedRun> {
  const begin = (label: string, total?: number) => {
    stop.throwIfAborted();
    events.phase(label, total);
  };
  begin("opening the model and the data");
  const plan = await planRun(gpu, inputs, events);
  const { config: { out }, latents: { captions, size } } = plan;
  using locked = new DisposableStack();
  locked.use(await lockRunFolder(out));
  const model = await distil({ gpu, plan, events, stop, begin });
  const last = readMetrics(join(out, "metrics.jsonl")).at(-1);
  const lock = locked.move();
  return {
    model,
    loss: last?.loss ?? NaN,
    captions,
    size,
    [Symbol.dispose]: () => lock.dispose(),
  };
}

/** Trains and exports; returns the folder of the model. Nothing stays on the GPU. */
async function distil(run: Running): Promise<string> {
  const { gpu, plan, events, stop, begin } = run;
  const { config, student } = plan;
  using memory = new DisposableStack();
  let counted = 0;
  const counting = (label: string): Counting => (done, missing) => {
    if (done === 0) begin(label, missing);
    else events.advance(done - counted);
    counted = done;
    stop.throwIfAborted();
  };
  const batches = memory.use(await openBatches(gpu, plan, counting));

  begin("loading the teacher");
  const teacher = memory.use(await plan.teacher.load(gpu));

  begin("preparing the student");
  const arena = memory.use(
    ParameterArena.create(gpu, parameters(student.transformer)),
  );
  const { betas, eps, weightDecay, maxGradNorm } = config;
  const optimizer = memory.use(
    new AdamW(gpu, arena, { betas, eps, weightDecay, maxGradNorm }),
  );
  const first = await firstStep(run, optimizer);
  const schedule = new Schedule(config);
  const objective = memory.use(
    new Distillation(gpu, {
      teacher,
      student,
      decay: schedule.decay,
      levels: plan.teacher.levels,
      rangeRule: new RangeRule(config.rangeRule, RANGES.count),
      batches,
    }),
  );
  const trainer = memory.use(
    new Trainer(gpu, objective, optimizer, {
      rateOf: (group, step) => schedule.rateOf(group, step, objective.phi),
      async onPlan() {
        const changed = await keepTuning(gpu, config.out, config.resume);
        if (changed) events.note(changed);
      },
    }),
  );
  await steps(run, trainer, schedule, first);

  begin("writing the model");
  const model = join(config.out, "model");
  const { bits, rangeRule: rule } = config;
  const settings = { bits, ranges: RANGES, rule };
  await exportStudent(gpu, join(model, "transformer"), student, settings);
  await plan.teacher.shareOthers(model);
  return model;
}

/** Fills the student from the newest checkpoint or from the teacher; the steps done. */
async function firstStep(
  { gpu, plan, events }: Running,
  optimizer: AdamW,
): Promise<number> {
  const { config, checkpoints, teacher, student } = plan;
  if (config.resume) {
    return await checkpoints.load(optimizer, (text) => events.note(text));
  }
  await teacher.initialise(gpu, student);
  const earlier = await newRunFolder(config.out);
  if (earlier) events.note(`An earlier run was moved to ${earlier}`);
  return 0;
}

async function steps(
  { plan: { config, checkpoints }, events, stop, begin }: Running,
  trainer: Trainer,
  schedule: Schedule,
  first: number,
): Promise<void> {
  using log = await RunLog.open(config, first);
  begin("training", config.steps - first);
  await runSteps(trainer, schedule, {
    log,
    first,
    stop,
    async save(done) {
      const path = await checkpoints.save(trainer.optimizer, done);
      events.saved(path, done);
    },
    onSteps: (steps, ms) => events.steps(steps.length, steps.at(-1)!, ms),
  });
}

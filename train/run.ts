import { join } from "@std/path";
import { type ClipData, clipData } from "./data/clip_data.ts";
import type { Gpu } from "../gpu/device.ts";
import { cutWarning } from "../infer/prompt.ts";
import { PromptCache } from "../infer/prompt_cache.ts";
import type { ClipShape } from "../io/video/clip.ts";
import { checkWritable } from "../io/writable_folder.ts";
import { RANGE_COUNT } from "../models/quant/range_index.ts";
import { parameters } from "../models/module.ts";
import { RangeRule } from "../models/quant/range_rule.ts";
import { RANGE_RATIO } from "../autograd/fake_quant_activation.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { ClipBatches } from "./batches/clip_batches.ts";
import { configYaml, type TrainConfig } from "./config/config.ts";
import { disposeParameters } from "./dispose_parameters.ts";
import { Distillation } from "./qvgen/distillation.ts";
import { exportStudent } from "./qvgen/export.ts";
import { type Counting, planLatents } from "./batches/latent_plan.ts";
import { RunLog } from "./logs/run_log.ts";
import { readMetrics } from "./logs/metrics.ts";
import { runSteps, Schedule } from "./loop.ts";
import {
  checkBindings,
  type TrainMemory,
  trainMemory,
} from "./memory_estimate.ts";
import { AdamW } from "./optim/optimizer.ts";
import { ParameterArena } from "./optim/parameter_arena.ts";
import { newRunFolder } from "./run_folder.ts";
import { keepTuning } from "./run_tuning.ts";
import { declareStudent } from "./qvgen/student.ts";
import { Teacher } from "./teacher.ts";
import { type TrainedStep, Trainer } from "./optim/trainer.ts";

/** What a run tells of itself while it goes. */
export interface RunEvents {
  /** A part of the run begins; `total`: the steps that it takes. */
  phase(label: string, total?: number): void;
  /** What the steps are going to take of the GPU, before any work. */
  memory(estimate: TrainMemory): void;
  /** One more of what the phase takes, outside of training. */
  advance(count: number): void;
  /** Steps done, the newest of them, and milliseconds a step. */
  steps(count: number, last: TrainedStep, ms: number): void;
  /** A checkpoint of `done` steps was written. */
  saved(path: string, done: number): void;
  /** Something the user may want to know; the run goes on. */
  note(text: string): void;
}

/** What is trained on what. */
export interface RunInputs {
  /** The teacher's pipeline folder. */
  readonly folder: string;
  /** Its settings. */
  readonly config: TrainConfig;
  /** By default what `config.data` names. */
  readonly data?: ClipData;
}

/** A finished run. */
export interface FinishedRun {
  /** The folder of the whole pipeline with the trained transformer. */
  readonly model: string;
  /** The loss of the last step. */
  readonly loss: number;
  /** Captions of the clips it was trained on. */
  readonly captions: readonly string[];
  /** Size and speed of these clips. */
  readonly size: ClipShape;
}

const RANGES = { count: RANGE_COUNT, ratio: RANGE_RATIO };

/**
 * A whole training run (QVGen, or one of the methods it is compared with): the
 * student is made from the teacher, distilled through all phases of the rank
 * decay, and written as a pipeline of its own in `OUT/model`. Throws InputError
 * before anything is written if something does not fit; once `stop` is aborted
 * the step under way is saved and the signal's reason thrown.
 */
export async function trainRun(
  gpu: Gpu,
  { folder, config, data = clipData(config.data, config.seed) }: RunInputs,
  events: RunEvents,
  stop: AbortSignal = new AbortController().signal,
): Promise<FinishedRun> {
  const { out, seed, batch, bits, rangeRule: rule, captionDropout } = config;
  await checkWritable(out);
  const begin = (label: string, total?: number) => {
    stop.throwIfAborted();
    events.phase(label, total);
  };
  begin("opening the model and the data");
  using memory = new DisposableStack();
  const pipeline = await Teacher.open(folder);
  const plan = await planLatents(pipeline.source, config, data);
  const { captions, size, encodes, list } = plan;
  await pipeline.checkText();
  const { network, prompts } = pipeline.source;
  for (const note of list.notes ?? []) events.note(note);
  const cut = cutWarning(
    prompts,
    captions,
    "A caption",
    list.placesOf?.bind(list),
  );
  if (cut) events.note(cut);
  const { words, known } = pipeline.unknownWords(captions);
  if (words.length > 0) {
    events.note(
      `The model never saw ${words.join(", ")}; it knows: ${known.join(" ")}`,
    );
  }
  const student = declareStudent(
    network,
    config.method === "full"
      ? undefined
      : { bits, rank: config.rank, ranges: RANGES },
  );
  student.transformer.checkpointing = config.gradientCheckpointing;
  const call = { batch, latents: plan.shape, textRows: prompts.maxTokens };
  checkBindings(network, call, gpu.traits.maxBindingBytes);
  events.memory(trainMemory(network, student.transformer, call));
  let counted = 0;
  const counting = (label: string): Counting => (done, missing) => {
    if (done === 0) begin(label, missing);
    else events.advance(done - counted);
    counted = done;
    stop.throwIfAborted();
  };
  const latents = await plan.open(gpu, counting("encoding clips"));
  const rows = await pipeline.encode(gpu, captions, {
    weights: config.textWeights,
    cache: encodes
      ? new PromptCache(join(out, "captions"), Infinity)
      : undefined,
  }, counting("encoding captions"));

  begin("loading the teacher");
  const teacher = await pipeline.load(gpu);
  memory.defer(() => disposeParameters(gpu, teacher));

  begin("preparing the student");
  const arena = ParameterArena.create(gpu, parameters(student.transformer));
  memory.defer(() => arena.dispose());
  const { betas, eps, weightDecay, maxGradNorm } = config;
  const optimizer = memory.use(
    new AdamW(gpu, arena, { betas, eps, weightDecay, maxGradNorm }),
  );
  const checkpoints = join(out, "checkpoints");
  const settings = configYaml(config);
  let first = 0;
  if (config.resume) {
    first = await loadCheckpoint(checkpoints, optimizer, settings);
  } else {
    await pipeline.initialise(gpu, student);
    const earlier = await newRunFolder(out);
    if (earlier) events.note(`An earlier run was moved to ${earlier}`);
  }

  const schedule = new Schedule(config);
  const batches = memory.use(
    new ClipBatches(gpu, {
      latents,
      rows,
      batch,
      seed,
      captionDropout,
      noiseShift: config.noiseShift,
    }),
  );
  const objective = memory.use(
    new Distillation(gpu, {
      teacher,
      student,
      decay: schedule.decay,
      levels: pipeline.levels,
      rangeRule: new RangeRule(rule, RANGES.count),
      batches,
    }),
  );
  const rateOf = (group: string, step: number) =>
    schedule.rateOf(group, step, objective.phi);
  const onPlan = async () => {
    const changed = await keepTuning(gpu, out, config.resume);
    if (changed) events.note(changed);
  };
  const trainer = memory.use(
    new Trainer(gpu, objective, optimizer, { rateOf, onPlan }),
  );
  {
    using log = await RunLog.open(config, first);
    begin("training", config.steps - first);
    await runSteps(trainer, schedule, {
      log,
      first,
      stop,
      async save(done) {
        const saved = saveCheckpoint(checkpoints, optimizer, done, settings);
        events.saved(await saved, done);
      },
      onSteps: (steps, ms) => events.steps(steps.length, steps.at(-1)!, ms),
    });
  }
  begin("writing the model");
  const model = join(out, "model");
  await exportStudent(gpu, join(model, "transformer"), student, {
    bits,
    ranges: RANGES,
    rule,
  });
  await pipeline.shareOthers(model);
  const last = readMetrics(join(out, "metrics.jsonl")).at(-1);
  return { model, loss: last?.loss ?? NaN, captions, size };
}

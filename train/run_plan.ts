import { join } from "@std/path";
import { RANGE_RATIO } from "../autograd/fake_quant_activation.ts";
import type { Gpu } from "../gpu/device.ts";
import { cutWarning } from "../infer/prompt.ts";
import type { PipelineSource } from "../infer/pipeline_source.ts";
import { PromptCache } from "../infer/prompt_cache.ts";
import { checkWritable } from "../io/writable_folder.ts";
import { RANGE_COUNT } from "../models/quant/range_index.ts";
import { ClipBatches } from "./batches/clip_batches.ts";
import {
  type Counting,
  type LatentPlan,
  planLatents,
} from "./batches/latent_plan.ts";
import { RunCheckpoints } from "./checkpoint.ts";
import { configYaml, type TrainConfig } from "./config/config.ts";
import { type ClipData, clipData } from "./data/clip_data.ts";
import {
  checkBindings,
  type TrainMemory,
  trainMemory,
} from "./memory_estimate.ts";
import type { TrainedStep } from "./optim/trainer.ts";
import { declareStudent, type Student } from "./qvgen/student.ts";
import { Teacher } from "./teacher.ts";

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

/** The model, the settings and the clips of a run. */
export interface RunInputs {
  /** The teacher's pipeline folder. */
  readonly folder: string;
  /** Its settings. */
  readonly config: TrainConfig;
  /** By default what `config.data` names. */
  readonly data?: ClipData;
}

/** The activation ranges that a student learns. */
export const RANGES = { count: RANGE_COUNT, ratio: RANGE_RATIO };

/** A run of which all parts fit each other; nothing is written or uploaded yet. */
export interface RunPlan {
  readonly config: TrainConfig;
  readonly teacher: Teacher;
  readonly student: Student;
  readonly latents: LatentPlan;
  readonly checkpoints: RunCheckpoints;
}

/** Opens and checks everything that a run needs. Throws InputError if something does not fit. */
export async function planRun(
  gpu: Gpu,
  { folder, config, data = clipData(config.data, config.seed) }: RunInputs,
  events: RunEvents,
): Promise<RunPlan> {
  const { batch, bits, out, rank } = config;
  await checkWritable(out);
  const teacher = await Teacher.open(folder);
  const latents = await planLatents(teacher.source, config, data);
  await teacher.checkText();
  for (const text of notesOf(teacher.source, latents)) events.note(text);
  const { network, prompts } = teacher.source;
  const student = declareStudent(
    network,
    config.method === "full" ? undefined : { bits, rank, ranges: RANGES },
  );
  student.transformer.checkpointing = config.gradientCheckpointing;
  const call = { batch, latents: latents.shape, textRows: prompts.maxTokens };
  checkBindings(network, call, gpu.traits.maxBindingBytes);
  const settings = configYaml(config);
  const checkpoints = new RunCheckpoints(join(out, "checkpoints"), settings);
  if (config.resume) await checkpoints.list();
  events.memory(trainMemory(network, student.transformer, call));
  return { config, teacher, student, latents, checkpoints };
}

/** What may surprise of the clips and their captions. */
function* notesOf(
  source: PipelineSource,
  { captions, list }: LatentPlan,
): Generator<string> {
  yield* list.notes ?? [];
  const places = list.placesOf?.bind(list);
  const cut = cutWarning(source.prompts, captions, "A caption", places);
  if (cut) yield cut;
  const { words, known } = source.unknownWords(captions.join(" "));
  if (words.length > 0) {
    yield `The model never saw ${words.join(", ")}; it knows: ${
      known.join(" ")
    }`;
  }
}

/** Encodes what of clips and captions is not yet, and opens the batches; `counting` is told. */
export async function openBatches(
  gpu: Gpu,
  { config, teacher, latents: plan }: RunPlan,
  counting: (label: string) => Counting,
): Promise<ClipBatches> {
  using onFailure = new DisposableStack();
  const latents = onFailure.use(
    await plan.open(gpu, counting("encoding clips")),
  );
  const { batch, captionDropout, noiseShift, out, seed } = config;
  const rows = await teacher.encode(gpu, plan.captions, {
    weights: config.textWeights,
    cache: plan.encodes
      ? new PromptCache(join(out, "captions"), Infinity)
      : undefined,
  }, counting("encoding captions"));
  onFailure.move();
  return new ClipBatches(gpu, {
    latents,
    rows,
    batch,
    seed,
    captionDropout,
    noiseShift,
  });
}

import { join } from "@std/path";
import type { ClipSource } from "../data/clip_source.ts";
import type { Gpu } from "../gpu/device.ts";
import { openCodec } from "../infer/codec.ts";
import {
  openPipelineFolder,
  openTextEncoder,
  openTokenizer,
} from "../infer/pipeline_folder.ts";
import { Checkpoint } from "../io/checkpoint.ts";
import { partFolder } from "../io/model_index.ts";
import { load } from "../models/load.ts";
import { parameters } from "../models/module.ts";
import { CLIP_GROUPS } from "../models/clip_index.ts";
import { ClipRule } from "../models/quant/clip_rule.ts";
import { GpuPatchCodec } from "../models/tiny/gpu_patch_codec.ts";
import type { PatchCodec } from "../models/tiny/patch_codec.ts";
import { parseWanConfig } from "../models/wan/config.ts";
import { WanTransformer3DModel } from "../models/wan/transformer.ts";
import { CaptionRows } from "./caption_rows.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { configYaml, type TrainConfig } from "./config.ts";
import { Distillation } from "./distillation.ts";
import { exportPlain } from "./export_plain.ts";
import { exportPacked } from "./export.ts";
import { learningRate } from "./lr_schedule.ts";
import { RunLog } from "./logs/run_log.ts";
import { AdamW } from "./optimizer.ts";
import { ParameterArena } from "./parameter_arena.ts";
import { startPhase } from "./phases.ts";
import { rankDecayAt } from "./rank_decay.ts";
import { declareStudent, initialiseStudent, type Student } from "./student.ts";
import { type TrainedStep, Trainer } from "./trainer.ts";

/** What a run tells of itself while it goes. */
export interface RunEvents {
  phase(label: string, total?: number): void;
  /** Steps done, and the newest of them. */
  steps(count: number, last: TrainedStep, ms: number): void;
}

/** A finished run. */
export interface FinishedRun {
  /** The folder of the whole pipeline with the trained transformer. */
  readonly model: string;
  readonly steps: number;
  readonly loss: number;
}

/** The fixed share of a token's range that is kept before the learnt clips. */
const CLIP_RATIO = 0.95;

/** Optimiser groups and the config's names of their learning rates. */
const RATES = {
  weight: "weights",
  scale: "scaleZero",
  low_rank: "lowRank",
  clip: "clips",
} as const;

/**
 * A whole training run (QVGen, or one of the methods it is compared with): the
 * student is made from the teacher, distilled through all phases of the rank
 * decay, and written as a pipeline of its own in `OUT/model`.
 */
export async function trainRun(
  gpu: Gpu,
  folder: string,
  config: TrainConfig,
  sourceOf: (codec: PatchCodec) => ClipSource | Promise<ClipSource>,
  events: RunEvents,
): Promise<FinishedRun> {
  const { out, seed, batch, steps } = config;
  events.phase("loading the teacher");
  const index = await openPipelineFolder(folder);
  const prompts = await openTokenizer(index);
  const codec = await openCodec(await partFolder(index, "vae"));
  const source = await sourceOf(codec);
  using weights = await Checkpoint.open(await partFolder(index, "transformer"));
  const wan = parseWanConfig(weights.config, weights.path);
  const teacher = new WanTransformer3DModel(wan);
  await load(gpu, teacher, weights);
  const encoder = await openTextEncoder(gpu, index);
  const rows = await CaptionRows.encode(gpu, encoder, prompts, source.captions);

  events.phase("preparing the student");
  const clips = { groups: CLIP_GROUPS, ratio: CLIP_RATIO };
  const student: Pick<Student, "transformer"> & Partial<Student> =
    config.method === "full"
      ? { transformer: new WanTransformer3DModel(wan) }
      : declareStudent(wan, { bits: config.bits, rank: config.rank, clips });
  const arena = ParameterArena.create(gpu, parameters(student.transformer));
  const { betas, eps, weightDecay, gradClip: clip } = config;
  const optimizer = new AdamW(gpu, arena, { betas, eps, weightDecay, clip });
  const checkpoints = join(out, "checkpoints");
  const settings = settingsOf(config);
  let first = 0;
  if (config.resume) {
    first = await loadCheckpoint(checkpoints, optimizer, settings);
  } else if (isQuantised(student)) {
    await initialiseStudent(gpu, student, weights);
  } else await load(gpu, student.transformer, weights);

  const decay = {
    rank: config.rank,
    phaseLength: config.phaseSteps,
    warmUp: 0,
    strategy: config.decay,
  };
  const objective = new Distillation(gpu, {
    teacher,
    student,
    decay,
    clips: new ClipRule(config.clipRule, clips.groups),
    data: {
      source,
      codec: new GpuPatchCodec(gpu, codec),
      rows,
      captionDropout: config.captionDropout,
    },
    batch,
    seed,
  });
  const rateOf = (group: string, step: number): number | undefined => {
    const baseLr = config.lr[RATES[group as keyof typeof RATES]]!;
    const { hasPhi } = rankDecayAt(step, decay);
    if (group === "low_rank" && !hasPhi) return undefined;
    const { lrSchedule: name, warmUp } = config;
    return learningRate(step, { name, baseLr, warmUp, steps });
  };
  using trainer = new Trainer(gpu, objective, optimizer, { rateOf });
  await Deno.mkdir(out, { recursive: true });
  using log = await RunLog.open(config, first);
  events.phase("training", steps - first);
  let last: TrainedStep | undefined;
  let began = performance.now();
  for (let step = first; step < steps; step++) {
    if (isQuantised(student)) await startPhase(gpu, student, decay, step);
    await trainer.step(step);
    const done = step + 1;
    const save = done % config.checkpointEvery === 0 || done === steps;
    if (done % config.logEvery === 0 || save || trainer.full) {
      const read = await trainer.read();
      const ms = (performance.now() - began) / read.length;
      for (const row of read) {
        const { rank, u } = rankDecayAt(row.step, decay);
        const lrs = Object.fromEntries(
          arena.groups.map((g) => [g, rateOf(g, row.step) ?? 0]),
        );
        log.step(row, { rank, gamma: u, lrs, ms });
      }
      last = read.at(-1) ?? last;
      if (last) events.steps(read.length, last, ms);
      began = performance.now();
    }
    if (save) {
      await saveCheckpoint(checkpoints, optimizer, done, settings);
      log.flush();
      began = performance.now();
    }
  }
  events.phase("writing the model");
  const model = join(out, "model");
  const transformer = join(model, "transformer");
  if (isQuantised(student)) {
    const rule = config.clipRule;
    await exportPacked(gpu, transformer, student, {
      bits: config.bits,
      clips,
      rule,
    });
  } else await exportPlain(gpu, transformer, student.transformer);
  await copyOtherParts(folder, model);
  return { model, steps, loss: last?.loss ?? NaN };
}

function isQuantised(
  student: Pick<Student, "transformer"> & Partial<Student>,
): student is Student {
  return student.linears !== undefined;
}

/** The settings that a resumed run must share with the one it goes on from. */
function settingsOf(config: TrainConfig): string {
  const { logEvery: _, checkpointEvery: __, gpu: ___, ...settings } = config;
  return configYaml({
    ...settings,
    resume: false,
    logEvery: 0,
    checkpointEvery: 0,
    gpu: "high-performance",
    out: "",
  });
}

const OTHER_PARTS = ["scheduler", "text_encoder", "tokenizer", "vae"];

/** Copies everything but the transformer of a pipeline folder. */
async function copyOtherParts(from: string, to: string): Promise<void> {
  for (const part of OTHER_PARTS) {
    await Deno.mkdir(join(to, part), { recursive: true });
    for await (const { name, isFile } of Deno.readDir(join(from, part))) {
      if (isFile) {
        await Deno.copyFile(join(from, part, name), join(to, part, name));
      }
    }
  }
  await Deno.copyFile(
    join(from, "model_index.json"),
    join(to, "model_index.json"),
  );
}

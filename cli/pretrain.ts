import { join } from "@std/path";
import { openGpu } from "../gpu/device.ts";
import { codecOf } from "../train/pretrain/codec.ts";
import { pretrain } from "../train/pretrain/run.ts";
import { writeTinyFolder } from "../train/pretrain/write_folder.ts";
import { lockRunFolder } from "../train/run_folder.ts";
import { defineCommand, type Parsed } from "./flags/flag_types.ts";
import { OUTPUT_FLAGS } from "./flags/output_flags.ts";
import { jsonText } from "./json_text.ts";
import { type Run, runCommand } from "./main.ts";
import { userPath } from "./paths.ts";
import { Progress } from "./progress.ts";
import { resultLines } from "./result_lines.ts";
import { counted, msText } from "./units.ts";

/** What the command line knows of `pretrain`. */
export const command = defineCommand({
  name: "pretrain",
  summary:
    "Trains the embedded teacher and its text encoder from nothing, on rendered clips.",
  flags: {
    steps: {
      type: "integer",
      min: 1,
      default: 4000,
      help:
        "Optimiser steps of this sitting, with a warm-up and a cosine of their own",
    },
    batch: { type: "integer", min: 1, default: 32, help: "Clips a step" },
    lr: {
      type: "number",
      min: 0,
      max: 1,
      default: 1.5e-3,
      help: "Highest learning rate",
    },
    schedule: {
      type: "enum",
      values: ["cosine", "constant_with_warmup"],
      default: "cosine",
      help: "How the learning rate changes over the sitting",
    },
    seed: {
      type: "integer",
      min: 0,
      max: 2 ** 32 - 1,
      default: 42,
      help: "Seed of weights, clips and noise",
    },
    dim: {
      type: "integer",
      min: 32,
      default: 160,
      help: "Width of the transformer, a multiple of 32",
    },
    layers: {
      type: "integer",
      min: 1,
      default: 4,
      help: "Blocks of the transformer",
    },
    ema: {
      type: "number",
      min: 0,
      max: 0.99999,
      default: 0.998,
      help: "Share of the weights' moving average that a step keeps",
    },
    captionDropout: {
      type: "number",
      min: 0,
      max: 1,
      default: 0.1,
      help: "Share of clips trained without their caption, for guidance",
    },
    noiseShift: {
      type: "number",
      min: 0.01,
      max: 100,
      default: 3,
      help:
        "Above 1 trains more at high noise, where a clip's layout is decided",
    },
    checkpointEvery: {
      type: "integer",
      min: 1,
      default: 200,
      help: "Steps between checkpoints",
    },
    out: {
      type: "string",
      default: "runs/pretrain",
      help: "Folder of checkpoint, log and codec",
      placeholder: "DIR",
    },
    resume: {
      type: "boolean",
      default: false,
      help: "Go on from the checkpoint in --out: a warm restart",
    },
    export: {
      type: "string",
      help: "Folder to write the model to",
      placeholder: "DIR",
      shownDefault: "OUT/model",
    },
    gpu: {
      type: "enum",
      values: ["high-performance", "low-power", "cpu"],
      default: "high-performance",
      help: "Which adapter to ask for",
    },
    ...OUTPUT_FLAGS,
  },
  examples: ["--steps 200", "--resume --steps 8000 --lr 5e-4"],
});

/** How the embedded model is sampled unless a user says otherwise. */
const SAMPLING = { steps: 16, guidance: 2, shift: 3 };

/** Trains for a sitting and writes the model. */
export async function pretrainModel(
  { flags }: Parsed<typeof command.flags>,
  run: Run,
  print: (text: string) => void,
): Promise<void> {
  const out = userPath(flags.out);
  using gpu = await openGpu({ power: flags.gpu });
  using progress = new Progress({ quiet: flags.quiet });
  using _lock = await lockRunFolder(out);
  progress.phase("learning the codec");
  const codec = await codecOf(out, flags.seed);
  progress.phase("training", flags.steps);
  let loss = NaN;
  const stop = new AbortController();
  const training = pretrain(
    gpu,
    codec,
    { ...flags, out },
    (count, mean, ms) => {
      loss = mean;
      progress.advance(count, `loss ${loss.toFixed(4)}, ${msText(ms)} a step`);
    },
    stop.signal,
  );
  run.onInterrupt(async () => {
    stop.abort();
    await training.catch(() => {}); // it ends with the step under way
    return `the last checkpoint is in ${out}; go on with --resume`;
  });
  const trained = await training;
  const { steps } = trained;
  progress.phase("writing the model");
  const folder = userPath(flags.export ?? join(flags.out, "model"));
  await writeTinyFolder(gpu, folder, trained, codec, SAMPLING);
  progress[Symbol.dispose]();
  print(
    flags.json
      ? jsonText({
        model: folder,
        steps,
        loss,
        peak_gpu_bytes: gpu.pool.bytes.peak,
        adapter: gpu.info.description,
      })
      : resultLines(folder, [
        `${counted(steps, "step")} in all`,
        `loss ${loss.toFixed(4)}`,
      ]),
  );
}

if (import.meta.main) await runCommand(command, pretrainModel);

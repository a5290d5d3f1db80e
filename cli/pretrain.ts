import { join } from "@std/path";
import { openGpu } from "../gpu/device.ts";
import { codecOf } from "../train/pretrain/codec.ts";
import { pretrain } from "../train/pretrain/run.ts";
import { writeTinyFolder } from "../train/pretrain/write_folder.ts";
import { lockRunFolder } from "../train/run_folder.ts";
import { defineCommand } from "./flags/flag_types.ts";
import { runCommand } from "./main.ts";
import { userPath } from "./paths.ts";
import { Progress } from "./progress.ts";

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
    quiet: { type: "boolean", default: false, help: "No progress" },
  },
  examples: ["--steps 200", "--resume --steps 8000 --lr 5e-4"],
});

/** How the embedded model is sampled unless a user says otherwise. */
const SAMPLING = { steps: 16, guidance: 2, shift: 3 };

if (import.meta.main) {
  await runCommand(command, async ({ flags }, run) => {
    const out = userPath(flags.out);
    using gpu = await openGpu({ power: flags.gpu });
    using progress = new Progress({ quiet: flags.quiet });
    using _lock = await lockRunFolder(out);
    progress.phase("learning the codec");
    const codec = await codecOf(out, flags.seed);
    progress.phase("training", flags.steps);
    let before: number | undefined;
    const stop = new AbortController();
    const training = pretrain(
      gpu,
      codec,
      { ...flags, out },
      (step, loss, ms) => {
        progress.advance(
          step - (before ?? step - 1),
          `loss ${loss.toFixed(4)}, ${ms.toFixed(0)} ms a step`,
        );
        before = step;
      },
      stop.signal,
    );
    run.onInterrupt(async () => {
      stop.abort();
      await training.catch(() => {}); // it ends with the step under way
      return `the last checkpoint is in ${out}; go on with --resume`;
    });
    const trained = await training;
    progress.phase("writing the model");
    const folder = userPath(flags.export ?? join(flags.out, "model"));
    await writeTinyFolder(gpu, folder, trained, codec, SAMPLING);
    progress[Symbol.dispose]();
    console.log(`${folder} after ${trained.steps} steps`);
  });
}

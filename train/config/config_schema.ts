import * as v from "valibot";
import { type Bits, parseBits } from "../../core/bits.ts";
import { TEXT_WEIGHTS } from "../../infer/loaded_text_encoder.ts";
import {
  choice,
  flag,
  integer,
  number,
  pair,
  parsed,
  text,
} from "./config_field.ts";
import { LR_SCHEDULES } from "../optim/lr_schedule.ts";

const RANKS = [0, ...Array.from({ length: 10 }, (_, i) => 2 ** i)];

function trainableBits(text: string): Bits {
  const bits = parseBits(text);
  if (bits.weights === 3 || bits.weights === 4) return bits;
  throw new RangeError("The packed format holds weights of 3 or 4 bits");
}

function decayableRank(text: string): number {
  const rank = Number(text);
  if (RANKS.includes(rank)) return rank;
  throw new RangeError("Only a power of two halves down to 1");
}

/** A whole number of at least 1, with a default or words for how it is found. */
const count = (help: string, initial: number) =>
  v.optional(integer(1, Infinity, { help }), initial);
const countElse = (help: string, shownDefault: string) =>
  v.optional(integer(1, Infinity, { help, shownDefault }));

const share = (help: string, initial: number) =>
  v.optional(number(0, 1, { help }), initial);

/**
 * The keys of a training config, snake_case in its file; each is also a flag of
 * `train` (`lr: { low_rank: 1e-4 }` is `--lr-low-rank 1e-4`).
 */
export const trainSchema = v.strictObject({
  model: v.optional(
    text({
      help:
        "Model to quantise: the embedded one, a diffusers folder, or one of the hub that `download` fetched",
      placeholder: "tiny|DIR|HUB_ID",
    }),
    "tiny",
  ),
  method: v.optional(
    choice(["qvgen", "naive", "full"], {
      help: "qvgen; naive: QVGen with rank 0; full: no quantiser, same loss",
    }),
    "qvgen",
  ),
  bits: v.optional(
    parsed(trainableBits, "4, 3 or WxAy with 3 or 4 bit weights (as W4A6)", {
      help: "Bits of weights and activations",
      placeholder: "4|3|WxAy",
    }),
    4,
  ),
  steps: count("Optimiser steps of the whole run", 300),
  seed: v.optional(
    integer(0, 2 ** 32 - 1, { help: "Seed of data, noise and timesteps" }),
    42,
  ),
  data: v.optional(
    text({
      help: "Captioned clips: rendered on the fly, or a folder of videos",
      placeholder: "procedural|DIR",
    }),
    "procedural",
  ),
  out: v.optional(
    text({
      help: "Folder for checkpoints, logs, samples and the packed model",
      placeholder: "DIR",
      shownDefault: "runs/METHOD-BITS",
    }),
  ),
  resume: v.optional(
    flag({ help: "Go on from the newest checkpoint in the out folder" }),
    false,
  ),
  checkpointEvery: count("Steps between checkpoints", 50),
  logEvery: count("Steps between readings from the GPU", 10),
  batch: count("Clips a step", 8),
  frames: countElse("Frames of a clip", "the model's own"),
  height: countElse("Height in pixels of a clip", "the model's own"),
  width: countElse("Width in pixels of a clip", "the model's own"),
  textWeights: v.optional(
    choice(TEXT_WEIGHTS, {
      help: "How the text encoder is held while it encodes the captions",
      shownDefault: "f32",
    }),
  ),
  rank: v.optional(
    parsed(decayableRank, `0 or a power of two up to ${RANKS.at(-1)}`, {
      help: "First rank of Phi; halved each phase until Phi is gone",
      placeholder: "N",
    }),
    32,
  ),
  phaseSteps: countElse(
    "Steps a phase of the rank decay",
    "all phases end just before the last step",
  ),
  decay: v.optional(
    choice(["cosine", "linear"], {
      help: "How gamma falls from 1 to 0 within a phase",
    }),
    "cosine",
  ),
  rangeRule: v.optional(
    choice(["timestep", "official-count"], {
      help: "Which activation range belongs to a timestep",
    }),
    "timestep",
  ),
  lr: v.optional(
    v.strictObject({
      weights: share(
        "Learning rate of weights, biases, norms and tables",
        2e-4,
      ),
      scaleZero: share("Learning rate of the weights' scales and zeros", 3e-5),
      lowRank: share("Learning rate of Phi's factors", 2e-4),
      ranges: share("Learning rate of activation ranges", 1e-2),
    }),
    {},
  ),
  lrSchedule: v.optional(
    choice(LR_SCHEDULES, {
      help: "How learning rates change over the run",
      placeholder: "NAME",
    }),
    "cosine",
  ),
  warmUp: v.optional(
    integer(0, Infinity, {
      help: "Steps over which learning rates rise from 0",
      shownDefault: "a tenth of the steps",
    }),
  ),
  weightDecay: share("Decoupled weight decay of every group", 1e-4),
  betas: v.optional(
    pair(0, 0.99999, {
      help: "Decay rates of AdamW's two moments",
      placeholder: "B1,B2",
    }),
    [0.9, 0.95],
  ),
  eps: v.optional(number(1e-16, 1, { help: "Epsilon of AdamW" }), 1e-8),
  maxGradNorm: v.optional(
    number(0, Infinity, {
      help: "Largest global gradient norm; 0 sets no limit",
    }),
    1,
  ),
  gradientCheckpointing: v.optional(
    flag({
      help:
        "Compute activations again in the backward pass: less memory, slower",
    }),
    false,
  ),
  noiseShift: v.optional(
    number(0.01, 100, {
      help: "Above 1 trains more at high noise; 1 is the authors' own",
    }),
    1,
  ),
  captionDropout: share("Share of batches trained without captions", 0.05),
  gpu: v.optional(
    choice(["high-performance", "low-power", "cpu"], {
      help: "Which adapter to ask for",
    }),
    "high-performance",
  ),
});

/** A validated config file with its defaults. */
export type TrainSettings = v.InferOutput<typeof trainSchema>;

import * as v from "valibot";
import { stringify } from "@std/yaml";
import { type Bits, formatBits } from "../../core/bits.ts";
import { InputError } from "../../core/errors.ts";
import { merge, renameKeys, snakeCase } from "../../core/mapping.ts";
import type { TextWeights } from "../../infer/loaded_text_encoder.ts";
import { trainSchema, type TrainSettings } from "./config_schema.ts";
import type { ConfigSource } from "./config_source.ts";
import type { LrScheduleName } from "../optim/lr_schedule.ts";
import {
  type DecayStrategy,
  phaseCount,
  phaseLengthFor,
} from "../qvgen/rank_decay.ts";

/** Learning rates by a parameter's role. */
export interface RoleRates {
  /** Weights, biases, norms and tables. */
  readonly weights: number;
  /** Scales and zeros of the weights' quantisers. */
  readonly scaleZero: number;
  /** The factors L and R of Phi. */
  readonly lowRank: number;
  /** Logits of the activation ranges. */
  readonly ranges: number;
}

/** A training run's settings with every default worked out. */
export interface TrainConfig {
  /** `tiny`, or a diffusers folder. */
  readonly model: string;
  /** QVGen, QVGen with rank 0, or training without a quantiser. */
  readonly method: "qvgen" | "naive" | "full";
  /** Bits of weights and activations; unused with `full`. */
  readonly bits: Bits;
  /** Optimiser steps of the whole run. */
  readonly steps: number;
  /** Seed of data, noise and timesteps. */
  readonly seed: number;
  /** `procedural`, or a folder of captioned videos. */
  readonly data: string;
  /** Folder of the run. */
  readonly out: string;
  /** Go on from the newest checkpoint in `out`. */
  readonly resume: boolean;
  /** Steps between checkpoints. */
  readonly checkpointEvery: number;
  /** Steps between readings from the GPU. */
  readonly logEvery: number;
  /** Clips a step. */
  readonly batch: number;
  /** Frames of a clip; undefined where the model decides. */
  readonly frames?: number | undefined;
  /** Height of a clip in pixels. */
  readonly height?: number | undefined;
  /** Width of a clip in pixels. */
  readonly width?: number | undefined;
  /** How the text encoder is held while captions are encoded; undefined for f32. */
  readonly textWeights?: TextWeights | undefined;
  /** Rank of Phi in the first phase: 0 for `naive` and `full`. */
  readonly rank: number;
  /** Steps T of a phase. */
  readonly phaseSteps: number;
  /** How gamma falls within a phase. */
  readonly decay: DecayStrategy;
  /** Which activation range belongs to a timestep. */
  readonly rangeRule: "timestep" | "official-count";
  /** Learning rates after the warm-up. */
  readonly lr: RoleRates;
  /** How learning rates change over the run. */
  readonly lrSchedule: LrScheduleName;
  /** Steps over which the learning rates rise from 0. */
  readonly warmUp: number;
  /** Decoupled weight decay of every group. */
  readonly weightDecay: number;
  /** Decay rates of AdamW's first and second moment. */
  readonly betas: readonly [number, number];
  /** Epsilon of AdamW. */
  readonly eps: number;
  /** Largest global gradient norm; 0 sets no limit. */
  readonly maxGradNorm: number;
  /** Compute activations of blocks again in the backward pass, to save memory. */
  readonly gradientCheckpointing: boolean;
  /** Above 1 draws more of the high noise levels. */
  readonly noiseShift: number;
  /** Share of batches trained without captions. */
  readonly captionDropout: number;
  /** Which adapter to ask for. */
  readonly gpu: "high-performance" | "low-power" | "cpu";
}

/** Phases that end before the last step, so that the run ends without Phi. */
function phaseSteps(settings: TrainSettings, rank: number): number {
  const { steps } = settings;
  const phases = phaseCount(rank);
  if (steps <= phases) {
    throw new InputError(
      `Config: found ${steps} steps with rank ${rank}, accepted at least ` +
        `${phases + 1}: ${phases} phases and a step without Phi`,
    );
  }
  const longest = phaseLengthFor(steps - 1, rank);
  const asked = settings.phaseSteps ?? longest;
  if (phases > 0 && asked > longest) {
    throw new InputError(
      `Config: found ${asked} steps a phase, accepted at most ${longest}: ` +
        `${phases} phases of rank ${rank} must end within ${steps} steps`,
    );
  }
  return asked;
}

/**
 * The settings of a run: defaults, then each source over the one before
 * (config file, then flags). Throws InputError where settings contradict.
 *
 * @example
 * ```ts
 * import { configSource, resolveConfig } from "@qvgen/qvgen/train";
 *
 * const asked = { steps: 121, rank: 8, lr: { weights: 1e-4 } };
 * const config = resolveConfig([configSource(asked, (path) => path.join("."))]);
 * console.log(config.phaseSteps); // 30: ranks 8, 4, 2, 1, then a step without Phi
 * ```
 */
export function resolveConfig(sources: readonly ConfigSource[]): TrainConfig {
  const settings = v.parse(
    trainSchema,
    sources.map(({ values }) => values).reduce(merge, {}),
  );
  const { method, steps } = settings;
  const warmUp = settings.warmUp ?? Math.floor(steps / 10);
  if (warmUp >= steps) {
    throw new InputError(
      `Config: found ${warmUp} warm-up steps, accepted fewer than the ` +
        `${steps} steps of the run`,
    );
  }
  // A config written for qvgen also serves the methods that it is compared with.
  const rank = method === "qvgen" ? settings.rank : 0;
  const bits = formatBits(settings.bits).toLowerCase();
  return {
    ...settings,
    out: settings.out ??
      (method === "full" ? "runs/full" : `runs/${method}-${bits}`),
    warmUp,
    rank,
    phaseSteps: phaseSteps(settings, rank),
  };
}

/** The config as a file that gives the same run again. */
export function configYaml(config: TrainConfig): string {
  const flat = { ...config, bits: formatBits(config.bits) };
  const given = Object.entries(flat).filter(([, value]) => value !== undefined);
  return stringify(renameKeys(Object.fromEntries(given), snakeCase));
}

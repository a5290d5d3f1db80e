import type { ClipSize } from "../../core/clip_size.ts";
import {
  BACKGROUNDS,
  captionOf,
  COLORS,
  type Factors,
  MOTIONS,
  SHAPES,
} from "./captions.ts";
import { readClip } from "./oracle.ts";

/** A prompt of the evaluation grid, with its seed. */
export interface EvaluationPrompt {
  /** A full caption. */
  readonly prompt: string;
  /** What its clip should show. */
  readonly factors: Factors;
  /** What its clip is made from. */
  readonly seed: number;
}

/** What a clip shows of what its prompt asked for. */
export interface Score {
  /** Whether the shape has the colour. */
  readonly color: boolean;
  /** Whether it stands before the background. */
  readonly background: boolean;
  /** Whether it moves so. */
  readonly motion: boolean;
  /** Whether it is the shape. */
  readonly shape: boolean;
  /** All four together. */
  readonly all: boolean;
  /** How much of the shape looks as its best template does, at most 1. */
  readonly fit: number;
}

/** Shares of 1 over several scores; `fit` is the mean. */
export type ScoreTable =
  & Readonly<Record<keyof Score, number>>
  & { readonly clips: number };

/** Combinations of motion and background for each colour and shape. */
const COMBINATIONS = 6;
/** Far from the seeds that people type first. */
const FIRST_SEED = 1000;

/**
 * The 144 prompts that prompt following is measured on: every colour with
 * every shape, six combinations of motion and background each, so that all
 * motions (28 or 29 times) and backgrounds (48 times) appear evenly.
 */
export function evaluationGrid(): EvaluationPrompt[] {
  const pairs = COLORS.flatMap((color) =>
    SHAPES.map((shape) => ({ color, shape }))
  );
  return pairs.flatMap((pair, p) =>
    Array.from({ length: COMBINATIONS }, (_, k) => {
      const n = p * COMBINATIONS + k;
      const factors = {
        ...pair,
        motion: MOTIONS[n % MOTIONS.length]!,
        background: BACKGROUNDS[n % BACKGROUNDS.length]!,
      };
      return { prompt: captionOf(factors), factors, seed: FIRST_SEED + n };
    })
  );
}

/** Judges a clip f32 [3, F, H, W] in [-1, 1] against what it should show. */
export function scorePrompt(
  video: Float32Array,
  factors: Factors,
  size: ClipSize,
): Score {
  const seen = readClip(video, size);
  const color = seen.color === factors.color;
  const background = seen.background === factors.background;
  const motion = seen.motion === factors.motion;
  const shape = seen.shape === factors.shape;
  const all = color && background && motion && shape;
  return { color, background, motion, shape, all, fit: seen.fit };
}

/** Averages scores; NaN without any. */
export function scoreTable(scores: readonly Score[]): ScoreTable {
  const share = (key: keyof Score) =>
    scores.reduce((sum, score) => sum + Number(score[key]), 0) / scores.length;
  return {
    clips: scores.length,
    color: share("color"),
    background: share("background"),
    motion: share("motion"),
    shape: share("shape"),
    all: share("all"),
    fit: share("fit"),
  };
}

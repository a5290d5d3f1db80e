import * as v from "valibot";
import { stringify } from "@std/yaml";
import { formatBits } from "../core/bits.ts";
import { InputError } from "../core/errors.ts";
import { merge, renameKeys, snakeCase } from "../core/mapping.ts";
import { trainSchema, type TrainSettings } from "./config_schema.ts";
import type { ConfigSource } from "./config_source.ts";
import { phaseCount, phaseLengthFor } from "./rank_decay.ts";

/** A training run's settings with every default worked out. */
export interface TrainConfig extends Readonly<TrainSettings> {
  readonly out: string;
  /** Steps over which the learning rates rise. */
  readonly warmUp: number;
  /** Rank of Phi in the first phase: 0 for `naive` and `full`. */
  readonly rank: number;
  /** Steps a phase. */
  readonly phaseSteps: number;
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

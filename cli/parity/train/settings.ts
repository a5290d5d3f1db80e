import { InputError } from "../../../core/errors.ts";
import { isObject, type JsonObject } from "../../../core/json.ts";
import type { Parameter } from "../../../models/module.ts";
import { learningRate } from "../../../train/optim/lr_schedule.ts";
import type { AdamWOptions } from "../../../train/optim/optimizer.ts";
import {
  type RankDecay,
  rankDecayAt,
} from "../../../train/qvgen/rank_decay.ts";
import type { StudentSettings } from "../../../train/qvgen/student.ts";
import type { Case } from "../case.ts";
import { compare, type Comparison } from "../compare.ts";
import { numberIn, objectAt } from "../quant/computed.ts";

/** How a recorded run trained. */
export interface RecordedRun {
  readonly student: StudentSettings;
  readonly decay: RankDecay;
  readonly adamw: Partial<AdamWOptions>;
  readonly steps: number;
  /** What was logged of each step. */
  readonly log: readonly JsonObject[];
  /** Learning rate of an optimiser group; undefined once it is frozen. */
  rateOf(group: string, step: number): number | undefined;
}

/** Optimiser groups by their places in the authors' lists. */
const PLACES: Readonly<Record<string, number>> = {
  rest: 0,
  low_rank: 1,
  clip: 2,
  weight: 3,
  scale: 4,
};

/** The optimiser group of a parameter: that of its role, but biases, norms and tables by themselves. */
export function groupOf(name: string, { role }: Parameter): string {
  return role === "weight" && !/(^|\.)w$/.test(name) ? "rest" : role;
}

/** Groups that the warm-up of the rank decay leaves as they are. */
const COLD: readonly string[] = ["weight", "scale"];

/** Reads the settings of a recorded run. */
export function recordedRun(c: Case): RecordedRun {
  const w = objectAt(c, "q_params", "w");
  const act = objectAt(c, "q_params", "act");
  const adamw = objectAt(c, "adamw");
  const { betas } = adamw;
  const { log, lr_scheduler } = c.config;
  if (!Array.isArray(betas) || !Array.isArray(log) || !log.every(isObject)) {
    throw new InputError(`${c.path}: config has no betas or no log`);
  }
  const decay: RankDecay = {
    rank: numberIn(w, "rank"),
    phaseLength: numberIn(w, "alpha_T"),
    warmUp: numberIn(w, "warm_up"),
    strategy: w.cur_alpha_strategy === "linear" ? "linear" : "cosine",
  };
  const steps = c.number("steps");
  const warmUp = isObject(lr_scheduler)
    ? numberIn(lr_scheduler, "warmup")
    : c.number("lr_warmup_steps");
  return {
    student: {
      bits: { weights: numberIn(w, "bit"), activations: numberIn(act, "bit") },
      rank: decay.rank,
      ranges: {
        count: numberIn(act, "timesteps"),
        ratio: numberIn(act, "clip_ratio"),
      },
    },
    decay,
    adamw: {
      betas: [Number(betas[0]), Number(betas[1])],
      eps: numberIn(adamw, "eps"),
      weightDecay: numberIn(adamw, "weight_decay"),
      maxGradNorm: c.number("clip_grad_norm"),
    },
    steps,
    log,
    rateOf(group, step) {
      const { hasPhi, warmUp: isCold } = rankDecayAt(step, decay);
      if (group === "low_rank" && !hasPhi) return undefined;
      if (isCold && COLD.includes(group)) return undefined;
      const baseLr = baseRate(c, group);
      const name = "cosine_with_restarts";
      return learningRate(step, { name, baseLr, warmUp, steps });
    },
  };
}

function baseRate(c: Case, group: string): number {
  const { param_groups } = c.config;
  if (!Array.isArray(param_groups)) {
    return c.number(group === "clip" ? "act_lr" : "lr");
  }
  const entry: unknown = param_groups[PLACES[group]!];
  if (isObject(entry)) return numberIn(entry, "lr");
  throw new InputError(`${c.path}: param_groups has no ${group}`);
}

/** Compares the schedules with what was logged of a step. */
export function comparedSchedule(
  { decay, log, rateOf }: RecordedRun,
  step: number,
): Comparison[] {
  const entry = log[step] ?? {};
  const { rank, u } = rankDecayAt(step, decay);
  const logged = Array.isArray(entry.lr) ? entry.lr.map(Number) : [];
  const groups = Object.keys(PLACES).filter((g) =>
    rateOf(g, step) !== undefined
  );
  return [
    compare(`rank[${step}]`, [rank], [numberIn(entry, "rank")], {}),
    // Without Phi the authors log 1, which nothing uses.
    ...rank === 0
      ? []
      : [compare(`alpha[${step}]`, [u], [numberIn(entry, "alpha")], {
        abs: 1e-6,
      })],
    compare(
      `lr[${step}]`,
      groups.map((group) => rateOf(group, step)!),
      groups.map((group) => logged[PLACES[group]!]!),
      { abs: 1e-9 },
    ),
  ];
}

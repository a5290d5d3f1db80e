import type { TrainConfig } from "./config/config.ts";
import { learningRate } from "./optim/lr_schedule.ts";
import type { RunLog } from "./logs/run_log.ts";
import {
  type RankDecay,
  rankDecayAt,
  type RankDecayState,
} from "./qvgen/rank_decay.ts";
import {
  checkFinite,
  type TrainedStep,
  type Trainer,
} from "./optim/trainer.ts";

/** Optimiser groups and the config's names of their learning rates. */
const RATES: Readonly<Record<string, keyof TrainConfig["lr"]>> = {
  weight: "weights",
  scale: "scaleZero",
  low_rank: "lowRank",
  clip: "ranges",
};

/** Learning rates and rank decay of a config, step by step. */
export class Schedule {
  readonly decay: RankDecay;

  constructor(readonly config: TrainConfig) {
    this.decay = {
      rank: config.rank,
      phaseLength: config.phaseSteps,
      warmUp: 0,
      strategy: config.decay,
    };
  }

  /** Learning rate of an optimiser group; undefined for Phi once it is gone. */
  rateOf(
    group: string,
    step: number,
    { hasPhi }: RankDecayState,
  ): number | undefined {
    if (group === "low_rank" && !hasPhi) return undefined;
    const { lr, lrSchedule: name, warmUp, steps } = this.config;
    const key = RATES[group];
    if (key === undefined) throw new RangeError(`No learning rate of ${group}`);
    return learningRate(step, { name, baseLr: lr[key], warmUp, steps });
  }
}

/** A run around its steps. */
interface Around {
  readonly log: RunLog;
  /** The step that it begins with. */
  readonly first: number;
  readonly stop: AbortSignal;
  /** Keeps what the steps so far have learnt; `done` of them. */
  save(done: number): Promise<void>;
  /** Steps read since the last call, and milliseconds a step. */
  onSteps(steps: readonly TrainedStep[], ms: number): void;
}

/**
 * Runs the steps from `first` to the config's last: reads and logs every few,
 * saves every many, at the end, and when `stop` is aborted, which then throws.
 */
export async function runSteps(
  trainer: Trainer,
  schedule: Schedule,
  { log, first, stop, save, onSteps }: Around,
): Promise<void> {
  const { steps, logEvery, checkpointEvery } = schedule.config;
  const { groups } = trainer.optimizer.arena;
  let began = performance.now();
  const read = async () => {
    const rows = await trainer.readAny();
    const ms = (performance.now() - began) / rows.length;
    for (const row of rows) {
      const phi = rankDecayAt(row.step, schedule.decay);
      const { rank, u: gamma } = phi;
      const lrs = groups.map((group) =>
        [group, schedule.rateOf(group, row.step, phi) ?? 0] as const
      );
      log.step(row, { rank, gamma, lrs: Object.fromEntries(lrs), ms });
      checkFinite(row);
    }
    onSteps(rows, ms);
    began = performance.now();
  };
  stop.throwIfAborted();
  for (let step = first; step < steps; step++) {
    await trainer.step(step);
    const done = step + 1;
    // Asked twice, since a read gives `stop` time to be aborted.
    const due = () =>
      done % checkpointEvery === 0 || done === steps || stop.aborted;
    if (due() || done % logEvery === 0 || trainer.full) await read();
    if (!due()) continue;
    log.flush();
    await save(done);
    began = performance.now();
    stop.throwIfAborted();
  }
}

import { join } from "@std/path";
import { writeFileAtomic } from "../../io/atomic.ts";
import { configYaml, type TrainConfig } from "../config/config.ts";
import type { TrainedStep } from "../optim/trainer.ts";
import { MetricsLog } from "./metrics.ts";
import { EventWriter } from "./tfevents.ts";

/** What the schedule and the clock say of a step. */
export interface StepContext {
  readonly rank: number;
  /** Factor of the columns of Phi that this phase removes. */
  readonly gamma: number;
  /** Learning rate of each optimiser group. */
  readonly lrs: Readonly<Record<string, number>>;
  readonly ms: number;
}

/** The files of a run: config.yaml, metrics.jsonl and TensorBoard events. */
export class RunLog implements Disposable {
  private constructor(
    readonly metrics: MetricsLog,
    readonly events: EventWriter,
  ) {}

  /** Opens the log of a run that goes on after `done` steps; later lines are dropped. */
  static async open(config: TrainConfig, done: number): Promise<RunLog> {
    const { out } = config;
    // As a config it stands for the run from its beginning.
    const whole = configYaml({ ...config, resume: false });
    await writeFileAtomic(join(out, "config.yaml"), whole);
    return new RunLog(
      new MetricsLog(join(out, "metrics.jsonl"), done),
      new EventWriter(join(out, "events"), done),
    );
  }

  step(row: TrainedStep, { rank, gamma, lrs, ms }: StepContext): void {
    const step = row.step + 1;
    this.metrics.append({
      step,
      loss: row.loss,
      gradNorm: row.norm,
      rank,
      gamma,
      lr: lrs["weight"] ?? 0,
      ms,
      norms: row.norms,
      lrs,
    });
    const scalars = {
      "train/loss": row.loss,
      "train/grad_norm": row.norm,
      "train/rank": rank,
      "train/gamma": gamma,
      ...prefixed("lr", lrs),
      ...prefixed("grad_norm", row.norms),
    };
    for (const [tag, value] of Object.entries(scalars)) {
      this.events.scalar(tag, value, step);
    }
  }

  flush(): void {
    this.metrics.flush();
    this.events.flush();
  }

  [Symbol.dispose](): void {
    this.metrics[Symbol.dispose]();
    this.events[Symbol.dispose]();
  }
}

function prefixed(prefix: string, values: Readonly<Record<string, number>>) {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`${prefix}/${name}`, value]),
  );
}

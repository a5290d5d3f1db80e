import { hint, InputError } from "../../core/errors.ts";
import { roundHalfEven } from "../../core/round.ts";
import { alphaBars, flag } from "./alpha_bar.ts";
import {
  requireValues,
  type SchedulerConfig,
  trainTimesteps,
  wrongKey,
} from "./config.ts";
import { Scheduler, type TimestepOptions } from "./scheduler.ts";

/** What a config without the key means in diffusers. */
const DEFAULTS: SchedulerConfig = {
  prediction_type: "epsilon",
  timestep_spacing: "leading",
};

/** Timesteps of N steps among T training timesteps, from the noisiest; computed as numpy does. */
const SPACINGS: Readonly<
  Record<string, (N: number, T: number, offset: number) => number[]>
> = {
  leading(N, T, offset) {
    const ratio = Math.floor(T / N);
    return rising(N, (i) => i * ratio + offset).reverse();
  },
  linspace(N, T) {
    const ratio = (T - 1) / Math.max(N - 1, 1);
    return rising(N, (i) => roundHalfEven(i * ratio)).reverse();
  },
  trailing(N, T) {
    const ratio = (T - T / N) - T; // arange takes the difference of its first two
    return rising(N, (i) => roundHalfEven(T + i * ratio) - 1);
  },
};

function rising(n: number, at: (i: number) => number): number[] {
  return Array.from({ length: n }, (_, i) => at(i));
}

/** Signal shares abar at a step's timestep and at the next one. */
export interface Interval {
  readonly now: number;
  readonly next: number;
  /** At the step before; undefined at the first step and at one that ends without noise. */
  readonly back: number | undefined;
}

/**
 * What CogVideoX's samplers share: the path x = sqrt(abar) x0 + sqrt(1 - abar)
 * noise on which the model predicts v = sqrt(abar) noise - sqrt(1 - abar) x0.
 */
export abstract class CogVideoXScheduler extends Scheduler {
  readonly #bars: Float64Array;
  readonly #final: number;
  readonly #spacing: (N: number, T: number, offset: number) => number[];
  readonly #offset: number;

  /** Takes a scheduler_config.json; InputError for what is not built. */
  constructor(config: SchedulerConfig) {
    super(trainTimesteps(config));
    requireValues(config, DEFAULTS, { prediction_type: "v_prediction" });
    this.#bars = alphaBars(config);
    this.#final = flag(config, "set_alpha_to_one", true) ? 1 : this.#bars[0]!;
    this.#spacing = spacingOf(config);
    this.#offset = offsetOf(config);
  }

  /** The config's own spacing; neither shift nor grid belongs to this path. */
  protected override prepare(
    steps: number,
    { shift = 1, grid = "new" }: TimestepOptions,
  ): number[] {
    if (shift !== 1 || grid !== "new") {
      throw new InputError(
        `Shift ${shift} and the ${grid} flow grid are for flow schedulers; ` +
          `CogVideoX's take shift 1 and the new grid`,
      );
    }
    const timesteps = this.#spacing(steps, this.trainTimesteps, this.#offset);
    const most = this.trainTimesteps - 1;
    if (timesteps[0]! <= most) return timesteps;
    throw new InputError(
      `Steps: with the scheduler's steps_offset of ${this.#offset} the first of ${steps} is ${
        timesteps[0]
      }, accepted is at most ${most}`,
    );
  }

  /** sqrt(abar) x - sqrt(1 - abar) v. */
  override clean(i: number): readonly [number, number] {
    const { now } = this.interval(i);
    return [Math.sqrt(now), -Math.sqrt(1 - now)];
  }

  /** Where step i is and goes. As in the reference, that is not the next step's timestep for every spacing. */
  protected interval(i: number): Interval {
    const { timesteps, trainTimesteps } = this;
    const t = timesteps[i]!;
    const next = t - Math.floor(trainTimesteps / timesteps.length);
    return {
      now: this.#bars[t]!,
      next: next >= 0 ? this.#bars[next]! : this.#final,
      back: i > 0 && next >= 0 ? this.#bars[timesteps[i - 1]!]! : undefined,
    };
  }
}

function spacingOf(config: SchedulerConfig) {
  const name = String(config["timestep_spacing"] ?? DEFAULTS.timestep_spacing);
  const names = Object.keys(SPACINGS);
  if (names.includes(name)) return SPACINGS[name]!;
  throw wrongKey(
    "timestep_spacing",
    name,
    `${names.join(", ")}${hint(name, names)}`,
  );
}

function offsetOf(config: SchedulerConfig): number {
  const offset = config["steps_offset"] ?? 0;
  const most = trainTimesteps(config) - 1;
  if (
    Number.isInteger(offset) && Number(offset) >= 0 && Number(offset) <= most
  ) {
    return Number(offset);
  }
  throw wrongKey("steps_offset", offset, `a whole number from 0 to ${most}`);
}

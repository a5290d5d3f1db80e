import { InputError } from "../../core/errors.ts";
import {
  positive,
  requireValues,
  type SchedulerConfig,
  trainTimesteps,
} from "./config.ts";
import {
  FlowScheduler,
  linspace,
  shifted,
  type SigmaTable,
} from "./flow_scheduler.ts";
import type { TimestepOptions } from "./scheduler.ts";

const ACCEPTED: SchedulerConfig = {
  use_dynamic_shifting: false,
  invert_sigmas: false,
  shift_terminal: null,
  use_karras_sigmas: false,
  use_exponential_sigmas: false,
  use_beta_sigmas: false,
  stochastic_sampling: false,
};

/** Euler steps along the flow: FlowMatchEulerDiscreteScheduler of diffusers. */
export class FlowEuler extends FlowScheduler {
  /** Nothing is kept. */
  readonly memory: readonly string[] = [];
  readonly #shift: number;

  /** Takes a scheduler_config.json; InputError for what is not built. */
  constructor(config: SchedulerConfig = {}) {
    super(trainTimesteps(config));
    requireValues(config, {}, ACCEPTED);
    this.#shift = positive(config, "shift", 1);
  }

  /** The grid, shifted; timesteps are fractional. */
  protected override table(
    steps: number,
    { shift = this.#shift, grid = "new" }: TimestepOptions,
  ): SigmaTable {
    if (grid !== "new") {
      throw new InputError(`The ${grid} flow grid is UniPC's, Euler has none`);
    }
    // The reference shifts the smallest sigma twice: it bounds the grid already
    // shifted, and then the whole grid is shifted. Its bounds are both reached.
    const least = shifted(1 / this.trainTimesteps, shift);
    const u = steps === 1 ? [1] : [...linspace(1, least, steps - 1), least];
    const sigmas = u.map((point) => shifted(point, shift));
    return {
      sigmas: [...sigmas, 0],
      timesteps: sigmas.map((sigma) => sigma * this.trainTimesteps),
    };
  }

  /** x + (sigma_next - sigma) v. */
  override coefficients(i: number): readonly (readonly number[])[] {
    return [[1, this.sigmas[i + 1]! - this.sigmas[i]!]];
  }
}

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

/** What a config without the key means in diffusers. */
const DEFAULTS: SchedulerConfig = {
  prediction_type: "epsilon",
  use_flow_sigmas: false,
  solver_order: 2,
  solver_type: "bh2",
  predict_x0: true,
  lower_order_final: true,
  disable_corrector: [],
  final_sigmas_type: "zero",
};

const ACCEPTED: SchedulerConfig = {
  ...DEFAULTS,
  prediction_type: "flow_prediction",
  use_flow_sigmas: true,
  solver_p: null,
  thresholding: false,
  use_karras_sigmas: false,
  use_exponential_sigmas: false,
  use_beta_sigmas: false,
  use_dynamic_shifting: false,
  shift_terminal: null,
};

const LARGEST_SIGMA = 1 - 1e-6; // of the new grid: lambda(1) is infinite

/** Coefficients over [x, v, m1, m2, corrected]. */
type Row = readonly number[];
const X: Row = [1, 0, 0, 0, 0];
const V: Row = [0, 1, 0, 0, 0];
const M1: Row = [0, 0, 1, 0, 0];
const M2: Row = [0, 0, 0, 1, 0];
const CORRECTED: Row = [0, 0, 0, 0, 1];

/**
 * UniPC of order 2 with B(h) = expm1(-h) on flow sigmas, predicting x0:
 * UniPCMultistepScheduler of diffusers with use_flow_sigmas (Zhao et al.,
 * arXiv 2302.04867). It remembers the two last predictions of x0 and the last
 * corrected sample; the sample that the model sees is the predicted one.
 */
export class FlowUniPC extends FlowScheduler {
  /** Predictions of x0 one and two steps back; the last corrected sample. */
  readonly memory: readonly string[] = ["m1", "m2", "corrected"];
  readonly #shift: number;

  /** Takes a scheduler_config.json; InputError for what is not built. */
  constructor(config: SchedulerConfig) {
    super(trainTimesteps(config));
    requireValues(config, DEFAULTS, ACCEPTED);
    this.#shift = positive(config, "flow_shift", 1);
  }

  /** The grid, shifted; timesteps are truncated to integers. */
  protected override table(
    steps: number,
    { shift = this.#shift, grid = "new" }: TimestepOptions,
  ): SigmaTable {
    const points = linspace(1, 1 / this.trainTimesteps, steps);
    const sigmas = grid === "new"
      ? points.map((u) => Math.min(shifted(u, shift), LARGEST_SIGMA))
      : [...points.slice(1), 1 / this.trainTimesteps]
        .map((u) => shifted(1 - u, shift)).reverse();
    for (let i = 0; i < steps; i++) {
      const next = Math.fround(sigmas[i + 1] ?? 0);
      if (next < Math.fround(sigmas[i]!) && Math.fround(sigmas[0]!) < 1) {
        continue;
      }
      throw new InputError(
        `Shift ${shift} is too large: ${steps} sigmas do not differ in f32`,
      );
    }
    return {
      sigmas: [...sigmas, 0],
      timesteps: sigmas.map((s) => Math.trunc(s * this.trainTimesteps)),
    };
  }

  /** Correct the sample, then predict the next. */
  override coefficients(i: number): readonly (readonly number[])[] {
    const m = sum([1, X], [-this.sigmas[i]!, V]); // x0, as predicted now
    const x = i === 0 ? X : this.#correct(i, m);
    return [this.#predict(i, x, m), m, M1, x];
  }

  /** Sample i again, now that the model has been asked there. */
  #correct(i: number, m: Row): Row {
    const { s, before, h, B } = this.#interval(i);
    const base = sum([s / before, CORRECTED], [-(1 - s) * B, M1]);
    const D = sum([1, m], [-1, M1]);
    if (this.#order(i - 1) === 1) return sum([1, base], [-(1 - s) * B / 2, D]);
    // r1 + r2 = b1 and rk r1 + r2 = b2: both moments of the interval are met.
    const rk = (this.#lambda(i - 2) - this.#lambda(i - 1)) / h;
    const k1 = -B / h - 1;
    const b1 = k1 / B;
    const b2 = 2 * (-k1 / h - 0.5) / B;
    const r1 = (b2 - b1) / (rk - 1);
    const r2 = b1 - r1;
    return sum(
      [1, base],
      [-(1 - s) * B * r1 / rk, sum([1, M2], [-1, M1])],
      [-(1 - s) * B * r2, D],
    );
  }

  /** Sample i + 1 from sample i. */
  #predict(i: number, x: Row, m: Row): Row {
    const { s, before, h, B } = this.#interval(i + 1);
    const next = sum([s / before, x], [-(1 - s) * B, m]);
    if (this.#order(i) === 1) return next;
    const rk = (this.#lambda(i - 1) - this.#lambda(i)) / h;
    return sum([1, next], [-(1 - s) * B / (2 * rk), sum([1, M1], [-1, m])]);
  }

  /** The interval that ends at sigma i, in log signal-to-noise. */
  #interval(i: number): { s: number; before: number; h: number; B: number } {
    const h = this.#lambda(i) - this.#lambda(i - 1);
    const [s, before] = [this.sigmas[i]!, this.sigmas[i - 1]!];
    return { s, before, h, B: Math.expm1(-h) };
  }

  #lambda(i: number): number {
    const s = this.sigmas[i]!;
    return Math.log((1 - s) / s);
  }

  /** Order of the prediction at step i: low at both ends of the run. */
  #order(i: number): number {
    return Math.min(2, i + 1, this.timesteps.length - i);
  }
}

function sum(...terms: readonly (readonly [number, Row])[]): Row {
  return X.map((_, j) => terms.reduce((to, [c, row]) => to + c * row[j]!, 0));
}

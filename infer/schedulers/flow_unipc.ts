import { InputError } from "../../core/errors.ts";
import {
  positive,
  requireValues,
  type SchedulerConfig,
  trainTimesteps,
  wrongKey,
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

/** The functions B(h) of the paper, by solver_type, of -h. */
const B: Readonly<Record<string, (minusH: number) => number>> = {
  bh1: (minusH) => minusH,
  bh2: Math.expm1,
};

/** Coefficients over [x, v, ...memory]. */
type Row = readonly number[];

/** An interval in log signal-to-noise that ends at `s`, and B of its length h. */
interface Interval {
  readonly s: number;
  readonly before: number;
  readonly h: number;
  readonly B: number;
}

/**
 * UniPC of order 1 to 3 on flow sigmas, predicting x0: UniPCMultistepScheduler
 * of diffusers with use_flow_sigmas (Zhao et al., arXiv 2302.04867). It
 * remembers as many predictions of x0 as its order and the last corrected
 * sample; the model receives the predicted sample.
 */
export class FlowUniPC extends FlowScheduler {
  /** Predictions of x0 one step back, two and so on; the last corrected sample. */
  readonly memory: readonly string[];
  readonly #shift: number;
  readonly #solverOrder: number;
  readonly #B: (minusH: number) => number;

  /** Takes a scheduler_config.json; InputError for what is not built. */
  constructor(config: SchedulerConfig) {
    super(trainTimesteps(config));
    requireValues(config, DEFAULTS, ACCEPTED);
    this.#shift = positive(config, "flow_shift", 1);
    const { solver_order: order = 2, solver_type: type = "bh2" } = config;
    if (order !== 1 && order !== 2 && order !== 3) {
      throw wrongKey("solver_order", order, "1, 2 or 3");
    }
    if (typeof type !== "string" || !Object.hasOwn(B, type)) {
      throw wrongKey("solver_type", type, Object.keys(B).join(" or "));
    }
    this.#solverOrder = order;
    this.#B = B[type]!;
    const predictions = ["m1", "m2", "m3"].slice(0, order);
    this.memory = [...predictions, "corrected"];
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
    const m = this.#sum([1, this.#unit(0)], [-this.sigmas[i]!, this.#unit(1)]); // x0, as predicted now
    const past = Array.from(
      { length: this.#solverOrder },
      (_, k) => this.#unit(2 + k),
    );
    const x = i === 0 ? this.#unit(0) : this.#correct(i, m, past);
    const all = [m, ...past];
    return [this.#predict(i, x, all), ...all.slice(0, -1), x];
  }

  /** Sample i again, now that the model has said `m` there. */
  #correct(i: number, m: Row, past: readonly Row[]): Row {
    const interval = this.#interval(i);
    const order = this.#order(i - 1);
    const ratios = [...this.#ratios(i - 1, order, interval), 1];
    const weights = order === 1 ? [1 / 2] : matched(ratios, interval);
    const corrected = this.#unit(2 + this.#solverOrder);
    const points = [...past.slice(1, order), m];
    return this.#move(interval, corrected, past[0]!, points, ratios, weights);
  }

  /** Sample i + 1 from sample i and the predictions of x0, the last first. */
  #predict(i: number, x: Row, [m, ...past]: readonly Row[]): Row {
    const interval = this.#interval(i + 1);
    const order = this.#order(i);
    const ratios = this.#ratios(i, order, interval);
    const weights = order === 2 ? [1 / 2] : matched(ratios, interval);
    const points = past.slice(0, order - 1);
    return this.#move(interval, x, m!, points, ratios, weights);
  }

  /** Along an interval from x, by x0 as it was at its start and by the slopes from there to other points. */
  #move(
    { s, before, h, B }: Interval,
    x: Row,
    m: Row,
    points: readonly Row[],
    ratios: readonly number[],
    weights: readonly number[],
  ): Row {
    const next = this.#sum(
      [s / before, x],
      [-(1 - s) * Math.expm1(-h), m],
    );
    return points.reduce((row, point, k) => {
      const slope = -(1 - s) * B * weights[k]! / ratios[k]!;
      return this.#sum([1, row], [slope, point], [-slope, m]);
    }, next);
  }

  /** Where the points before the last lie, in intervals from its start at step i. */
  #ratios(i: number, order: number, { h }: Interval): number[] {
    return Array.from(
      { length: order - 1 },
      (_, k) => (this.#lambda(i - k - 1) - this.#lambda(i)) / h,
    );
  }

  #interval(i: number): Interval {
    const h = this.#lambda(i) - this.#lambda(i - 1);
    const [s, before] = [this.sigmas[i]!, this.sigmas[i - 1]!];
    return { s, before, h, B: this.#B(-h) };
  }

  #lambda(i: number): number {
    const s = this.sigmas[i]!;
    return Math.log((1 - s) / s);
  }

  /** Order of the prediction at step i: low at both ends of the run. */
  #order(i: number): number {
    return Math.min(this.#solverOrder, i + 1, this.timesteps.length - i);
  }

  /** The column j of [x, v, ...memory] alone. */
  #unit(j: number): Row {
    return Array.from(
      { length: 2 + this.memory.length },
      (_, k) => k === j ? 1 : 0,
    );
  }

  #sum(...terms: readonly (readonly [number, Row])[]): Row {
    return this.#unit(0).map((_, j) =>
      terms.reduce((to, [c, row]) => to + c * row[j]!, 0)
    );
  }
}

/** Weights of the slopes to points at `ratios`, so that as many moments of the interval are met. */
function matched(
  ratios: readonly number[],
  { h, B }: Pick<Interval, "h" | "B">,
): number[] {
  let phi = Math.expm1(-h) / -h - 1;
  let factorial = 1;
  const moments = ratios.map((_, k) => {
    const moment = phi * factorial / B;
    factorial *= k + 2;
    phi = phi / -h - 1 / factorial;
    return moment;
  });
  return solveVandermonde(ratios, moments);
}

/** w of sum over j of ratio_j^k w_j = moment_k, k from 0; by Lagrange's polynomials. */
function solveVandermonde(
  ratios: readonly number[],
  moments: readonly number[],
): number[] {
  return ratios.map((own, j) => {
    // The polynomial that is 1 at its own ratio and 0 at all others.
    const others = ratios.filter((_, k) => k !== j);
    const polynomial = others.reduce((p, other) => {
      const scale = 1 / (own - other);
      return [...p, 0].map((_, k) =>
        scale * ((p[k - 1] ?? 0) - other * (p[k] ?? 0))
      );
    }, [1]);
    return polynomial.reduce((sum, c, k) => sum + c * moments[k]!, 0);
  });
}

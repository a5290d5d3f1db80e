import {
  positive,
  requireValues,
  type SchedulerConfig,
  trainTimesteps,
  wrongKey,
} from "./config.ts";

/** Keys of the noise schedule that have one value, as CogVideoX uses them. */
const ACCEPTED: SchedulerConfig = {
  beta_schedule: "scaled_linear",
  trained_betas: null,
};

/**
 * CogVideoX's noise schedule: the share of signal abar_t, by its square, at each
 * training timestep. Betas are linear in their roots; then the signal-to-noise
 * ratio is divided by snr_shift_scale; then, with rescale_betas_zero_snr, the
 * last timestep becomes pure noise (Lin et al., arXiv 2305.08891).
 */
export function alphaBars(config: SchedulerConfig): Float64Array {
  requireValues(config, ACCEPTED, ACCEPTED);
  const steps = trainTimesteps(config);
  const first = Math.sqrt(positive(config, "beta_start", 0.00085, 1));
  const last = Math.sqrt(positive(config, "beta_end", 0.012, 1));
  const shift = positive(config, "snr_shift_scale", 3);
  let product = 1;
  const bars = Float64Array.from({ length: steps }, (_, t) => {
    const root = first + (last - first) * t / Math.max(steps - 1, 1);
    product *= 1 - root ** 2;
    return product / (shift + (1 - shift) * product);
  });
  return flag(config, "rescale_betas_zero_snr", false) ? toZero(bars) : bars;
}

/** Scales the roots so that the last is 0 and the first stays. */
function toZero(bars: Float64Array): Float64Array {
  const roots = bars.map(Math.sqrt);
  const [first, last] = [roots[0]!, roots.at(-1)!];
  return roots.map((r) => ((r - last) * first / (first - last)) ** 2);
}

/** A boolean of a config; a missing key means `missing`. */
export function flag(
  config: SchedulerConfig,
  key: string,
  missing: boolean,
): boolean {
  const value = config[key] ?? missing;
  if (typeof value === "boolean") return value;
  throw wrongKey(key, value, "true or false");
}

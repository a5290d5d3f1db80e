import { InputError } from "../../core/errors.ts";
import { shown } from "../../core/shown.ts";

/** Beyond any schedule; tables of all training timesteps are made. */
const MOST_TIMESTEPS = 100_000;

/** Beyond any shift, scale or beta. */
const LARGEST = 1e6;

/** A scheduler_config.json, as parsed. */
export type SchedulerConfig = Readonly<Record<string, unknown>>;

/** The error for a key of a config, whose file the caller may name before it. */
export function wrongKey(
  key: string,
  found: unknown,
  accepted: string,
): InputError {
  return new InputError(
    `${key}: found ${shown(found)}, accepted is ${accepted}`,
  );
}

/** A positive number of a config; a missing key means `missing`. */
export function positive(
  config: SchedulerConfig,
  key: string,
  missing: number,
  most = LARGEST,
): number {
  const value = config[key] ?? missing;
  if (typeof value === "number" && value > 0 && value <= most) return value;
  throw wrongKey(key, value, `a positive number up to ${most}`);
}

/** How many timesteps the model was trained with. */
export function trainTimesteps(config: SchedulerConfig): number {
  const key = "num_train_timesteps";
  const value = positive(config, key, 1000, MOST_TIMESTEPS);
  if (Number.isInteger(value)) return value;
  throw wrongKey(key, value, "a whole number");
}

/**
 * Refuses a config that asks for another algorithm: each key must have the one
 * value that is built, given or by the format's default.
 */
export function requireValues(
  config: SchedulerConfig,
  defaults: SchedulerConfig,
  accepted: SchedulerConfig,
): void {
  for (const [key, wanted] of Object.entries(accepted)) {
    const found = config[key] ?? defaults[key] ?? null;
    const absent = found === null && !wanted;
    if (absent || JSON.stringify(found) === JSON.stringify(wanted)) continue;
    throw wrongKey(key, found, JSON.stringify(wanted));
  }
}

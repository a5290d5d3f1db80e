import { InputError } from "../../core/errors.ts";

/** A scheduler_config.json, as parsed. */
export type SchedulerConfig = Readonly<Record<string, unknown>>;

/** A positive number of a config; a missing key means `missing`. */
export function positive(
  config: SchedulerConfig,
  key: string,
  missing: number,
): number {
  const value = config[key] ?? missing;
  if (typeof value === "number" && value > 0 && value < Infinity) return value;
  throw new InputError(
    `Scheduler config has ${key} ${JSON.stringify(value)}, ` +
      `accepted is a positive number`,
  );
}

/** How many timesteps the model was trained with. */
export function trainTimesteps(config: SchedulerConfig): number {
  const value = positive(config, "num_train_timesteps", 1000);
  if (Number.isInteger(value)) return value;
  throw new InputError(
    `Scheduler config has num_train_timesteps ${value}, ` +
      `accepted is an integer`,
  );
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
    throw new InputError(
      `Scheduler config has ${key} ${JSON.stringify(found)}, ` +
        `accepted is ${JSON.stringify(wanted)}`,
    );
  }
}

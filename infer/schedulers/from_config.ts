import { hint, InputError } from "../../core/errors.ts";
import { CogVideoXDdim } from "./cogvideox_ddim.ts";
import { CogVideoXDpm } from "./cogvideox_dpm.ts";
import type { SchedulerConfig } from "./config.ts";
import { FlowEuler } from "./flow_euler.ts";
import { FlowUniPC } from "./flow_unipc.ts";
import type { Scheduler } from "./scheduler.ts";

const CLASSES = new Map<string, new (config: SchedulerConfig) => Scheduler>([
  ["FlowMatchEulerDiscreteScheduler", FlowEuler],
  ["UniPCMultistepScheduler", FlowUniPC],
  ["CogVideoXDDIMScheduler", CogVideoXDdim],
  ["CogVideoXDPMScheduler", CogVideoXDpm],
]);

/**
 * The scheduler that a diffusers scheduler_config.json describes; InputError
 * for a class or a setting that is not built.
 *
 * @example
 * ```ts
 * import { schedulerFromConfig } from "@qvgen/qvgen/infer";
 *
 * const scheduler = schedulerFromConfig({
 *   _class_name: "FlowMatchEulerDiscreteScheduler",
 *   shift: 3,
 * });
 * scheduler.setTimesteps(10);
 * let x: Float32Array = new Float32Array(16).fill(1);
 * for (const t of scheduler.timesteps) {
 *   const v = x.map((value) => value * t / 1000); // the model
 *   x = scheduler.step(v, x);
 * }
 * ```
 */
export function schedulerFromConfig(config: unknown): Scheduler {
  if (!isObject(config)) throw new InputError("Scheduler config is no object");
  const name = config._class_name;
  const accepted = [...CLASSES.keys()].join(", ");
  if (name === undefined) {
    throw new InputError(
      `Scheduler config has no _class_name, accepted are ${accepted}`,
    );
  }
  const Class = CLASSES.get(String(name));
  if (Class) return new Class(config);
  throw new InputError(
    `Scheduler config has _class_name ${JSON.stringify(name)}${
      hint(String(name), CLASSES.keys())
    }, accepted are ${accepted}`,
  );
}

function isObject(value: unknown): value is SchedulerConfig {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

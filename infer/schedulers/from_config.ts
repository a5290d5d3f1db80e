import { hint, InputError } from "../../core/errors.ts";
import { isObject } from "../../core/json.ts";
import { CogVideoXDdim } from "./cogvideox_ddim.ts";
import { CogVideoXDpm } from "./cogvideox_dpm.ts";
import { type SchedulerConfig, wrongKey } from "./config.ts";
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
 * The scheduler that a diffusers scheduler_config.json describes; InputError,
 * which begins with `where` the config is, for a class or a setting that is not
 * built.
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
export function schedulerFromConfig(
  config: unknown,
  where = "Scheduler config",
): Scheduler {
  try {
    if (!isObject(config)) throw new InputError("it is no JSON object");
    const name = config._class_name;
    const Class = CLASSES.get(String(name));
    if (Class) return new Class(config);
    const names = [...CLASSES.keys()];
    const near = hint(String(name), names);
    throw wrongKey("_class_name", name, `${names.join(", ")}${near}`);
  } catch (cause) {
    if (!(cause instanceof InputError)) throw cause;
    throw new InputError(`${where}: ${cause.message}`, { cause });
  }
}

import { join } from "@std/path";
import * as v from "valibot";
import { InputError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import { checked, count } from "../core/schema.ts";
import type { ModelIndex } from "../io/model_index.ts";
import type { VideoCodec } from "./video_codec.ts";
import type { FlowGrid } from "./schedulers/scheduler.ts";
import type { SamplingSettings } from "./text_to_video.ts";

/** The solvers that a user may choose between. */
export const SAMPLERS = ["unipc", "euler", "ddim", "dpm"] as const;

/** How to step through the noise levels. */
export type Sampler = typeof SAMPLERS[number];

/** The scheduler of each. */
export const SCHEDULERS: Readonly<Record<Sampler, string>> = {
  unipc: "UniPCMultistepScheduler",
  euler: "FlowMatchEulerDiscreteScheduler",
  ddim: "CogVideoXDDIMScheduler",
  dpm: "CogVideoXDPMScheduler",
};

/** The samplers that a user may choose from; all solve over the same noise levels. */
const FAMILIES: readonly (readonly Sampler[])[] = [
  ["unipc", "euler"],
  ["ddim", "dpm"],
];

/** How a model likes to be sampled. */
export interface ModelSettings extends SamplingSettings {
  /** Above 1 spends more steps at high noise. */
  readonly shift: number;
  /** The solver. */
  readonly sampler: Sampler;
  /** Which table of UniPC's noise levels. */
  readonly grid: FlowGrid;
}

const schema = v.object({
  steps: v.optional(count, 50),
  guidance: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(1000))),
  guidance_rule: v.optional(v.picklist(["constant", "dynamic"]), "constant"),
  flow_grid: v.optional(v.picklist(["new", "old"]), "new"),
});

/**
 * Size and speed from the codec, noise levels from the scheduler's config,
 * steps, guidance and flow grid from the key `inference` of model_index.json;
 * without it, the defaults of the pipeline's class. Throws InputError naming what is wrong.
 */
export function readModelSettings(
  index: ModelIndex,
  codec: VideoCodec,
  schedule: JsonObject,
  sampler: Sampler | undefined,
): ModelSettings {
  const where = join(index.folder, "model_index.json");
  const { flow_grid, guidance_rule: guidanceRule, ...own } = checked(
    schema,
    index.settings["inference"] ?? {},
    `${where}: inference`,
  );
  const { fps, ...size } = codec.defaultSize;
  const solver = sampler ?? samplerOf(schedule) ?? "unipc";
  return {
    ...own,
    guidance: own.guidance ?? (index.className === "WanPipeline" ? 5 : 6),
    guidanceRule,
    size,
    fps,
    shift: shiftOf(schedule),
    sampler: solver,
    grid: solver === "unipc" ? flow_grid : "new", // the old one is UniPC's
  };
}

function samplerOf(config: JsonObject): Sampler | undefined {
  return SAMPLERS.find((s) => SCHEDULERS[s] === config["_class_name"]);
}

function shiftOf(config: JsonObject): number {
  return Number(config["flow_shift"] ?? config["shift"] ?? 1);
}

/**
 * A scheduler's config with the same noise levels under another solver, where
 * the config may be of a class that is not built. Throws InputError for a solver
 * of other noise levels.
 */
export function samplerConfig(
  config: JsonObject,
  sampler?: Sampler,
): JsonObject {
  const own = samplerOf(config);
  if (sampler === undefined || sampler === own) return config;
  const accepted = FAMILIES.find((family) => own && family.includes(own));
  if (accepted && !accepted.includes(sampler)) {
    throw new InputError(
      `Sampler: found ${sampler} for a model of ${own}; accepted is ${
        accepted.join(" or ")
      }`,
    );
  }
  const _class_name = SCHEDULERS[sampler];
  const { num_train_timesteps = 1000 } = config;
  const shift = shiftOf(config);
  switch (sampler) {
    case "euler":
      return { _class_name, num_train_timesteps, shift };
    case "unipc":
      return {
        _class_name,
        num_train_timesteps,
        flow_shift: shift,
        prediction_type: "flow_prediction",
        use_flow_sigmas: true,
      };
    default:
      return { ...config, _class_name };
  }
}

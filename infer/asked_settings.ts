import { InputError } from "../core/errors.ts";
import { shown } from "../core/shown.ts";
import { GUIDANCE_RULES, type GuidanceRule } from "./guidance.ts";
import type { ModelSettings } from "./model_settings.ts";
import { FLOW_GRIDS, type FlowGrid } from "./schedulers/scheduler.ts";

/** What of a model's own settings a clip may be asked to be made with; the rest stays. */
export interface AskedSettings {
  /** Frames of the clip. */
  readonly frames?: number | undefined;
  /** Its height in pixels. */
  readonly height?: number | undefined;
  /** Its width in pixels. */
  readonly width?: number | undefined;
  /** Denoising steps, 1 to 1000. */
  readonly steps?: number | undefined;
  /** Strength of the prompt, 1 to 100; 1 goes without guidance. */
  readonly guidance?: number | undefined;
  /** How guidance changes over the steps. */
  readonly guidanceRule?: GuidanceRule | undefined;
  /** Above 1 spends more steps at high noise, 0.01 to 100. */
  readonly shift?: number | undefined;
  /** Which published table of UniPC's noise levels. */
  readonly flowGrid?: FlowGrid | undefined;
}

/** What the numbers may be; those of a size are up to the model. */
export const LIMITS = {
  frames: { min: 1, max: 1_000_000 },
  height: { min: 1, max: 1_000_000 },
  width: { min: 1, max: 1_000_000 },
  steps: { min: 1, max: 1000 },
  guidance: { min: 1, max: 100 },
  shift: { min: 0.01, max: 100 },
  seed: { min: 0, max: 2 ** 32 - 1 },
} as const;

const FRACTIONS: readonly string[] = ["guidance", "shift"];

/** Throws InputError for a number out of its limits. */
export function checkNumber(
  name: keyof typeof LIMITS,
  value: number | undefined,
): void {
  if (value === undefined) return;
  const { min, max } = LIMITS[name];
  const whole = !FRACTIONS.includes(name);
  if (value >= min && value <= max && (!whole || Number.isInteger(value))) {
    return;
  }
  throw new InputError(
    `${name[0]!.toUpperCase()}${name.slice(1)}: found ${value}, accepted is a ${
      whole ? "whole number" : "number"
    } from ${min} to ${max}`,
  );
}

/** Throws InputError for a name that is none of the accepted ones. */
export function checkName(
  what: string,
  value: string | undefined,
  accepted: readonly string[],
): void {
  if (value === undefined || accepted.includes(value)) return;
  throw new InputError(
    `${what}: found ${shown(value)}, accepted is ${accepted.join(", ")}`,
  );
}

/** The model's own settings, where nothing else is asked for. Throws InputError. */
export function settingsAsked(
  own: ModelSettings,
  asked: AskedSettings,
): ModelSettings {
  const { frames, height, width, steps, guidance, shift } = asked;
  const numbers = { frames, height, width, steps, guidance, shift };
  for (const [name, value] of Object.entries(numbers)) {
    checkNumber(name as keyof typeof numbers, value);
  }
  checkName("Guidance rule", asked.guidanceRule, GUIDANCE_RULES);
  checkName("Flow grid", asked.flowGrid, FLOW_GRIDS);
  const { size } = own;
  return {
    ...own,
    size: {
      frames: frames ?? size.frames,
      height: height ?? size.height,
      width: width ?? size.width,
    },
    steps: steps ?? own.steps,
    guidance: guidance ?? own.guidance,
    guidanceRule: asked.guidanceRule ?? own.guidanceRule ?? "constant",
    shift: shift ?? own.shift,
    grid: asked.flowGrid ?? own.grid,
  };
}

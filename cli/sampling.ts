import { parseBits } from "../core/bits.ts";
import { PipelineSource } from "../infer/pipeline_source.ts";
import { type ModelSettings, SAMPLERS } from "../infer/model_settings.ts";
import { TEXT_WEIGHTS } from "../infer/loaded_text_encoder.ts";
import { PRECISIONS } from "../infer/precision.ts";
import type { SamplingSettings } from "../infer/text_to_video.ts";
import { cacheFolder } from "./cache_folder.ts";
import type { Values } from "./flags/flag_types.ts";
import { modelFolder, transformerPath } from "./models.ts";

/** Flags that choose a model, how its clips are sampled, and on what device. */
export const SAMPLING_FLAGS = {
  model: {
    type: "string",
    default: "tiny",
    help: "The embedded model or a diffusers folder",
    placeholder: "tiny|DIR",
  },
  transformer: {
    type: "string",
    help: "Take the transformer from this folder or .safetensors file instead",
    placeholder: "DIR|FILE",
  },
  bits: {
    type: "string",
    help: "Bits of an official QVGen checkpoint, which does not record them",
    placeholder: "WxAy",
  },
  precision: {
    type: "enum",
    values: PRECISIONS,
    help:
      "packed: integers; fake: the same codes as floats; f16, f32: the unquantised model",
    shownDefault: "packed where the model has it",
  },
  textWeights: {
    type: "enum",
    values: TEXT_WEIGHTS,
    default: "f32",
    help: "How the text encoder's weights are held; w8 and w4: 8 and 4 bits",
  },
  steps: {
    type: "integer",
    min: 1,
    max: 1000,
    help: "Denoising steps",
    shownDefault: "the model's own",
  },
  guidance: {
    type: "number",
    min: 1,
    max: 100,
    help: "Strength of the prompt; 1 goes without guidance",
    shownDefault: "the model's own",
  },
  guidanceRule: {
    type: "enum",
    values: ["constant", "dynamic"],
    help:
      "dynamic: guidance changes from step to step, as CogVideoX's authors do",
    shownDefault: "the model's own",
  },
  shift: {
    type: "number",
    min: 0.01,
    max: 100,
    help: "Above 1 spends more steps at high noise",
    shownDefault: "the model's own",
  },
  sampler: {
    type: "enum",
    values: SAMPLERS,
    help:
      "How to step through the noise levels: unipc or euler for flows, ddim or dpm for CogVideoX",
    shownDefault: "the model's own",
  },
  flowGrid: {
    type: "enum",
    values: ["new", "old"],
    help: "Which published table of UniPC's noise levels to use",
    shownDefault: "the model's own",
  },
  gpu: {
    type: "enum",
    values: ["high-performance", "low-power", "cpu"],
    default: "high-performance",
    help: "Which adapter to ask for",
  },
} as const;

type SamplingFlags = Values<typeof SAMPLING_FLAGS>;

/** The pipeline that the flags name, its small parts read and checked. */
export async function openSource(
  { model, transformer, bits, precision, sampler, textWeights }: SamplingFlags,
): Promise<PipelineSource> {
  return await PipelineSource.open(await modelFolder(model), {
    transformer: transformer === undefined
      ? undefined
      : await transformerPath(transformer),
    official: bits === undefined ? undefined : { bits: parseBits(bits) },
    precision,
    sampler,
    textWeights,
    // The embedded encoder is quicker than a file.
    textCache: model === "tiny" ? undefined : cacheFolder("text"),
  });
}

/** How clips are sampled, with what their metadata tell beside. */
export type SampledFrom =
  & SamplingSettings
  & Pick<ModelSettings, "shift" | "sampler" | "grid">;

/** The model's own settings, where the flags do not say otherwise. */
export function settingsFrom(
  flags: SamplingFlags,
  settings: ModelSettings,
): SampledFrom {
  return {
    ...settings,
    steps: flags.steps ?? settings.steps,
    guidance: flags.guidance ?? settings.guidance,
    guidanceRule: flags.guidanceRule ?? settings.guidanceRule ?? "constant",
    shift: flags.shift ?? settings.shift,
    grid: flags.flowGrid ?? settings.grid,
  };
}

import { parseBits } from "../core/bits.ts";
import { ATTENTION_PRECISIONS } from "../autograd/attention.ts";
import { LIMITS } from "../infer/asked_settings.ts";
import type { OpenOptions } from "../infer/pipeline_source.ts";
import { GUIDANCE_RULES } from "../infer/guidance.ts";
import { FLOW_GRIDS } from "../infer/schedulers/scheduler.ts";
import { SAMPLERS } from "../infer/model_settings.ts";
import { TEXT_WEIGHTS } from "../infer/loaded_text_encoder.ts";
import { PRECISIONS } from "../infer/precision.ts";
import { cacheFolder } from "./cache_folder.ts";
import type { Values } from "./flags/flag_types.ts";
import { transformerPath } from "./models.ts";

/** Flags that choose a model, how its clips are sampled, and on what device. */
export const SAMPLING_FLAGS = {
  model: {
    type: "string",
    default: "tiny",
    help:
      "The embedded model, a diffusers folder, or a model of the hub that `download` fetched",
    placeholder: "tiny|DIR|HUB_ID",
  },
  transformer: {
    type: "string",
    help: "Take the transformer from this folder or .safetensors file instead",
    placeholder: "DIR|FILE|HUB_ID",
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
  attention: {
    type: "enum",
    values: ATTENTION_PRECISIONS,
    default: "f32",
    help:
      "How exactly queries and keys are compared: f16 and int8 are quicker on many GPUs and a little coarser",
  },
  steps: {
    type: "integer",
    ...LIMITS.steps,
    help: "Denoising steps",
    shownDefault: "the model's own",
  },
  guidance: {
    type: "number",
    ...LIMITS.guidance,
    help: "Strength of the prompt; 1 goes without guidance",
    shownDefault: "the model's own",
  },
  guidanceRule: {
    type: "enum",
    values: GUIDANCE_RULES,
    help:
      "dynamic: guidance changes from step to step, as CogVideoX's authors do",
    shownDefault: "the model's own",
  },
  shift: {
    type: "number",
    ...LIMITS.shift,
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
    values: FLOW_GRIDS,
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

/** How the flags say that a model is to be opened. */
export async function openOptions(
  { model, transformer, bits, precision, ...flags }: SamplingFlags,
): Promise<OpenOptions> {
  return {
    transformer: transformer === undefined
      ? undefined
      : await transformerPath(transformer),
    official: bits === undefined ? undefined : { bits: parseBits(bits) },
    precision,
    sampler: flags.sampler,
    textWeights: flags.textWeights,
    attention: flags.attention,
    // The embedded encoder is quicker than a file.
    textCache: model === "tiny" ? undefined : cacheFolder("text"),
  };
}

import { PipelineSource } from "../../infer/pipeline_source.ts";
import { promptIds } from "../../infer/prompt.ts";
import type { PromptRows } from "../../infer/prompt_encoder.ts";
import type { SampledStep } from "../../infer/sample.ts";
import { schedulerFromConfig } from "../../infer/schedulers/from_config.ts";
import {
  type SamplingSettings,
  TextToVideo,
} from "../../infer/text_to_video.ts";
import { joinFrames } from "../../models/vae/clip.ts";
import type { Case } from "./case.ts";
import { compare, type Comparison } from "./compare.ts";
import type { Runner } from "./runner.ts";
import { eachItem, itemsOf } from "./items.ts";
import { recordedCalls } from "./pipelines/calls.ts";
import { framesLast } from "./pipelines/frames.ts";
import { recordedNoise } from "./pipelines/noise.ts";
import { objectAt } from "./quant/computed.ts";
import { channelsFirst } from "./qvgen/layout.ts";

/** Rows of what a clip shows and of what it is led away from, and how they compare. */
interface Texts {
  readonly prompt: PromptRows;
  readonly negative: PromptRows;
  readonly results: readonly Comparison[];
}

type ReadTexts = (
  c: Case,
  source: PipelineSource,
  pipeline: TextToVideo,
) => Promise<Texts>;

/** Recorded text rows; without guidance there need be none of a negative prompt. */
const embeds: ReadTexts = (c) => {
  const prompt = c.tensor("in.prompt_embeds").values;
  const negative = c.tensors.get("in.negative_prompt_embeds")?.values ?? prompt;
  return Promise.resolve({ prompt, negative, results: [] });
};

/** Text rows of the recorded prompts, and the tokens of the first. */
const text: ReadTexts = async (c, { prompts }, pipeline) => {
  const texts = [c.text("prompt"), String(c.config.negative_prompt ?? "")];
  const [prompt, negative] = await pipeline.encode(texts);
  const ids = promptIds(prompts, texts[0]!);
  const padded = (row: readonly number[]) =>
    Array.from({ length: prompts.maxTokens }, (_, i) => row[i] ?? 0);
  const got = { ids: padded(ids), mask: padded(ids.map(() => 1)) };
  const results = Object.entries(got).flatMap(([name, row]) => {
    const want = c.tensors.get(name);
    return want ? [compare(name, row, want.values, { abs: 0 })] : [];
  });
  return { prompt: prompt!, negative: negative!, results };
};

/** A clip of a whole pipeline: the transformer's first calls, latents after each step, frames. */
function clip(readTexts: ReadTexts): Runner {
  return async (c, gpu) => {
    const tokens = c.config.max_sequence_length;
    const source = await PipelineSource.open(c.ref("pipeline"), {
      textTokens: tokens === undefined ? undefined : Number(tokens),
    });
    const { pipeline: { parts } } = await source.load(gpu);
    const scheduler = schedulerOf(c) ?? parts.scheduler;
    using pipeline = new TextToVideo(gpu, { ...parts, scheduler });
    return await eachItem(clipsOf(c), async (clip) => {
      const texts = await readTexts(clip, source, pipeline);
      return [...texts.results, ...await made(clip, pipeline, texts)];
    });
  };
}

/** The clips of a batch, each with its prompt: results do not depend on their neighbours. */
function clipsOf(c: Case): Case[] {
  const [count = 1] = c.tensor("in.latents").shape;
  return itemsOf(c, count, (name) => {
    if (/^(out\.latents_after_step|noise_in_order_drawn)$/.test(name)) return 1;
    return /^(in|out|first_call|second_call)\.|^(ids|mask)$/.test(name)
      ? 0
      : undefined;
  });
}

async function made(
  c: Case,
  pipeline: TextToVideo,
  texts: Texts,
): Promise<Comparison[]> {
  const settings = settingsOf(c);
  const { parts: { transformer, scheduler } } = pipeline;
  const noise = recordedNoise(c, transformer, scheduler);
  const steps: SampledStep[] = [];
  const [latents] = await pipeline.latents(
    [{ text: texts.prompt, seed: 0, noise }],
    texts.negative,
    settings,
    { onStep: (step) => void steps.push(step) },
  );
  const after = c.tensor("out.latents_after_step");
  const size = latents!.length;
  const shape = after.shape.slice(1);
  const compared = steps.map((step, i) => {
    const values = after.values.subarray(i * size, (i + 1) * size);
    const want = channelsFirst(transformer, {
      shape,
      values: values.slice(),
    });
    const limit = c.limit({ relToMax: "latents_rel_to_max" });
    return compare(`out.latents_after_step[${i}]`, step.latents, want, limit);
  });
  const chunks = await Array.fromAsync(
    pipeline.frames(latents!, settings.size),
  );
  const frames = framesLast(joinFrames(chunks));
  return [
    ...recordedCalls(c, pipeline, steps, texts),
    ...compared,
    compare("out.frames", frames, c.tensor("out.frames").values, {
      abs: c.tolerance("frames_abs"),
    }),
  ];
}

function settingsOf(c: Case): SamplingSettings {
  return {
    size: {
      frames: c.number("num_frames"),
      height: c.number("height"),
      width: c.number("width"),
    },
    fps: 8,
    steps: c.number("num_inference_steps"),
    guidance: c.number("guidance_scale"),
    guidanceRule: c.config.use_dynamic_cfg === true ? "dynamic" : "constant",
  };
}

/** The scheduler that took the place of the folder's. */
function schedulerOf(c: Case) {
  if (c.config.scheduler_config === undefined) return undefined;
  return schedulerFromConfig({
    _class_name: c.text("scheduler"),
    ...objectAt(c, "scheduler_config"),
  });
}

/** Whole pipelines, from recorded text rows or from a text. */
export const pipelines: Readonly<Record<string, Runner>> = {
  embeds: clip(embeds),
  text: clip(text),
};

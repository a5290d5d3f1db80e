import { join } from "@std/path";
import type { Gpu } from "../gpu/device.ts";
import type { Precision } from "../infer/precision.ts";
import { PipelineSource } from "../infer/pipeline_source.ts";
import type { ClipShape } from "../io/video/clip.ts";
import { writeVideo } from "../io/video/write.ts";
import type { Sample } from "./logs/report.ts";

/** A pipeline folder to sample from, and whether its transformer is packed. */
export interface SampledModel {
  readonly name: string;
  readonly folder: string;
  readonly precision: Precision;
}

/** What the samples show. */
export interface SampledClips {
  readonly prompts: readonly string[];
  /** That of the clips trained on. */
  readonly size: ClipShape;
}

/**
 * Generates clips with trained pipelines, always with the same seeds, for a
 * person to compare: `OUT/samples/N-NAME.apng` and contact sheets.
 */
export async function writeSamples(
  gpu: Gpu,
  out: string,
  models: readonly SampledModel[],
  { prompts, size: { fps, ...size } }: SampledClips,
  onSample: () => void,
): Promise<Sample[]> {
  const folder = join(out, "samples");
  const samples: Sample[] = [];
  for (const { name, folder: from, precision } of models) {
    const source = await PipelineSource.open(from, { precision });
    const { pipeline } = await source.load(gpu, [...prompts, ""]);
    using _closing = pipeline;
    for (const [seed, prompt] of prompts.entries()) {
      const request = { prompt, seed };
      const settings = { ...source.settings, size, fps };
      const clip = await pipeline.generate(request, settings);
      const stem = join(folder, `${seed + 1}-${name}`);
      await writeVideo(`${stem}.apng`, clip, { metadata: request });
      await writeVideo(`${stem}.png`, clip, { scale: 2 });
      samples.push({
        caption: `${name}: ${prompt}`,
        image: await Deno.readFile(`${stem}.apng`),
      });
      onSample();
    }
  }
  return samples;
}

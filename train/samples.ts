import { join } from "@std/path";
import type { Gpu } from "../gpu/device.ts";
import { openTextToVideo } from "../infer/open.ts";
import { writeVideo } from "../io/video/write.ts";
import type { Sample } from "./logs/report.ts";

/** What the samples of a run show, always with the same seeds. */
const PROMPTS = [
  "a red circle moving right on a black background",
  "a blue square moving up on a gray background",
  "a yellow triangle still on a navy background",
  "a green ring moving left on a black background",
];

/**
 * Generates a few clips with a trained pipeline and with the one it was made
 * from, for a person to compare: `OUT/samples/N-MODEL.apng` and contact sheets.
 */
export async function writeSamples(
  gpu: Gpu,
  out: string,
  models: Readonly<Record<string, string>>,
  onSample: () => void,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const [name, folder] of Object.entries(models)) {
    const options = name === "teacher" ? { precision: "f32" as const } : {};
    const { pipeline, settings } = await openTextToVideo(gpu, folder, options);
    using _closing = pipeline;
    for (const [i, prompt] of PROMPTS.entries()) {
      const request = { prompt, seed: i };
      const clip = await pipeline.generate(request, {
        ...settings,
        size: settings,
      });
      const stem = join(out, "samples", `${i + 1}-${name}`);
      await writeVideo(`${stem}.apng`, clip, { metadata: { prompt, seed: i } });
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

/** How many clips `writeSamples` makes of each model. */
export const SAMPLES_A_MODEL: number = PROMPTS.length;

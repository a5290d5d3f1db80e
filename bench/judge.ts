import {
  type EvaluationPrompt,
  type Score,
  scorePrompt,
} from "../train/data/evaluation.ts";
import type { SamplingSettings, TextToVideo } from "../infer/text_to_video.ts";
import { type Clip, planarFromClip } from "../io/video/clip.ts";

/** A clip with what it should show and what of it the oracle saw. */
export interface Judged {
  readonly asked: EvaluationPrompt;
  readonly clip: Clip;
  readonly score: Score;
}

/** The clips of the prompts, some at a time, as a person sees them: in 8 bits. */
export async function* judge(
  pipeline: TextToVideo,
  grid: readonly EvaluationPrompt[],
  settings: SamplingSettings,
  batch: number,
): AsyncGenerator<Judged[]> {
  const texts = grid.map(({ prompt }) => prompt);
  const rows = await pipeline.encode([...texts, ""]);
  const negative = rows[grid.length]!;
  for (let at = 0; at < grid.length; at += batch) {
    const asked = grid.slice(at, at + batch);
    const requests = asked.map(({ seed }, i) => ({
      text: rows[at + i]!,
      seed,
    }));
    const clips = await pipeline.denoise(requests, negative, settings);
    yield asked.map((prompt, i) => {
      const clip = clips[i]!;
      const video = planarFromClip(clip);
      const score = scorePrompt(video, prompt.factors, settings.size);
      return { asked: prompt, clip, score };
    });
  }
}

/**
 * `count` of the prompts. Steps of the golden section, prime to the grid's
 * length, meet colours, shapes, motions and backgrounds evenly.
 */
export function spreadOver<T>(grid: readonly T[], count = grid.length): T[] {
  if (count === grid.length) return [...grid];
  const step = 89;
  return Array.from({ length: count }, (_, i) => grid[i * step % grid.length]!);
}

import type {
  ClipWatch,
  SamplingSettings,
  TextToVideo,
} from "../infer/text_to_video.ts";
import type { ClipStream } from "../io/video/clip_stream.ts";
import type { RequestedClip } from "./clip_requests.ts";
import type { Progress } from "./progress.ts";

/** Denoises a clip; its frames are decoded as they are written. */
export async function denoised(
  pipeline: TextToVideo,
  { prompt, seed }: RequestedClip,
  negative: string,
  settings: SamplingSettings,
  watch: ClipWatch,
): Promise<ClipStream> {
  const guided = settings.guidance !== 1;
  const texts = guided ? [prompt, negative] : [prompt];
  const [text, away] = await pipeline.encode(texts);
  const requests = [{ text: text!, seed }];
  const lead = away ?? text!; // unused without guidance
  const [latents] = await pipeline.latents(requests, lead, settings, watch);
  return pipeline.clip(latents!, { ...settings.size, fps: settings.fps });
}

/** The clip, its frames counted as they come. */
export function framesCounted(
  stream: ClipStream,
  progress: Progress,
): ClipStream {
  return {
    ...stream,
    async *parts() {
      for await (const part of stream.parts()) {
        progress.advance(part.frames);
        yield part;
      }
    },
  };
}

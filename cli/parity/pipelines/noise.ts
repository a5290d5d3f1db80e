import type { NoiseSource } from "../../../infer/noise_source.ts";
import type { Scheduler } from "../../../infer/schedulers/scheduler.ts";
import type { VideoTransformer } from "../../../models/video_transformer.ts";
import type { Case } from "../case.ts";
import { channelsFirst } from "../qvgen/layout.ts";

/** The recorded first latents and noise: the reference draws twice where it looks back, and uses the second. */
export function recordedNoise(
  c: Case,
  transformer: VideoTransformer,
  { stochastic }: Scheduler,
): NoiseSource {
  const first = channelsFirst(transformer, c.tensor("in.latents"));
  if (!stochastic) return () => first;
  const { shape: [draws = 0, ...shape], values } = c.tensor(
    "noise_in_order_drawn",
  );
  return (count, step) => {
    if (step === undefined) return first;
    const draw = Math.min(2 * step, draws - 1);
    const drawn = values.slice(draw * count, (draw + 1) * count);
    return channelsFirst(transformer, { shape, values: drawn });
  };
}

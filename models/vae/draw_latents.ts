import type { VideoAutoencoder } from "./autoencoder.ts";
import { emptyClip, type HostClip } from "./clip.ts";

/** What is scaled for the transformer before a latent is drawn. */
export type DrawOrder =
  /** Nothing: the drawn latent is scaled. What diffusers' pipelines mean. */
  | "draw then scale"
  /** The mean, and the log-variance by the same shift and factor: how QVGen trains Wan. */
  | "scale then draw";

/** Draws latents [C, T, H, W] for training from moments [2 C, T, H, W] and standard normal noise. */
export function drawLatents(
  { mean, scale }: Pick<VideoAutoencoder, "mean" | "scale">,
  moments: HostClip,
  noise: Float32Array,
  order: DrawOrder,
): HostClip {
  const [C2, T, H, W] = moments.shape;
  const length = T * H * W;
  const latents = emptyClip([C2 / 2, T, H, W]);
  if (noise.length !== latents.data.length) {
    throw new RangeError(
      `Cannot draw latents [${latents.shape}] from ${noise.length} values of noise`,
    );
  }
  const half = moments.data.length / 2;
  for (let i = 0; i < half; i++) {
    const c = Math.floor(i / length);
    const scaled = (v: number) => (v - mean[c]!) * scale[c]!;
    const [mu, logvar] = [moments.data[i]!, moments.data[half + i]!];
    latents.data[i] = order === "scale then draw"
      ? scaled(mu) + deviation(scaled(logvar)) * noise[i]!
      : scaled(mu + deviation(logvar) * noise[i]!);
  }
  return latents;
}

function deviation(logvar: number): number {
  return Math.exp(Math.min(Math.max(logvar, -30), 20) / 2);
}

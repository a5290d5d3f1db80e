import { joinFrames } from "../../../models/vae/clip.ts";
import { openVae } from "../../../models/vae/open.ts";
import { readerOf } from "../../../models/vae/video_vae.ts";
import { compare } from "../compare.ts";
import type { ModelRunner } from "../runner.ts";

/** An autoencoder: moments of a clip, and clips of latents, in chunks of frames. */
export const autoencoder: ModelRunner = async (c, gpu, checkpoint) => {
  using vae = await openVae(gpu, checkpoint);
  const { shape: [, , frames = 0, height = 0, width = 0], values: data } = c
    .tensor("in.video");
  const size = { frames, height, width };
  const read = readerOf({ shape: [3, frames, height, width], data });
  const moments = (await vae.encode(read, size)).data;
  const mode = moments.subarray(0, moments.length / 2);
  const latent = c.tensor("in.latent").values;
  // Decoding begins with what scaling ends with.
  const decoded = async (latents: Float32Array) =>
    joinFrames(await Array.fromAsync(vae.decode(latents, size))).data;
  const results: Record<string, Float32Array> = {
    "out.moments": moments,
    "out.latent_mode": mode,
    "out.latent_normalised": vae.scaled(mode),
    "out.decoded": await decoded(vae.scaled(latent)),
    "out.decoded_of_mode": await decoded(vae.scaled(mode)),
    "out.decoded_of_latent_over_scaling": await decoded(latent),
  };
  return c.tensors.keys().filter((name) => name.startsWith("out.")).map((
    name,
  ) => compare(name, results[name] ?? [], c.tensor(name).values, c.limit()))
    .toArray();
};

import { joinFrames } from "../../../models/vae/clip.ts";
import { openVae } from "../../../models/vae/open.ts";
import { readerOf, type VideoVae } from "../../../models/vae/video_vae.ts";
import type { Case } from "../case.ts";
import { compare, type Comparison } from "../compare.ts";
import { eachItem, itemsOf } from "../items.ts";
import type { ModelRunner } from "../runner.ts";

/** An autoencoder: moments of clips, and clips of latents, in chunks of frames; either may be missing. */
export const autoencoder: ModelRunner = async (c, gpu, checkpoint) => {
  using vae = await openVae(gpu, checkpoint);
  const given = c.tensors.get("in.video") ?? c.tensor("in.latent");
  const items = itemsOf(
    c,
    given.shape[0]!,
    (name) => /^(in|out)\./.test(name) ? 0 : undefined,
  );
  return await eachItem(items, async (item) => {
    const results = {
      ...await encoded(item, vae),
      ...await decoded(item, vae),
    };
    return compared(item, results);
  });
};

type Results = Readonly<Record<string, Float32Array>>;

async function encoded(c: Case, vae: VideoVae): Promise<Results> {
  const video = c.tensors.get("in.video");
  if (!video) return {};
  const { shape: [, , frames = 0, height = 0, width = 0], values } = video;
  const size = { frames, height, width };
  const read = readerOf({ shape: [3, frames, height, width], data: values });
  const moments = (await vae.encode(read, size)).data;
  const mode = moments.subarray(0, moments.length / 2);
  const scaled = vae.scaled(mode);
  return {
    "out.moments": moments,
    "out.latent_mode": mode,
    "out.latent_normalised": scaled,
    ...c.tensors.has("out.decoded_of_mode") && {
      "out.decoded_of_mode": await clipOf(vae, scaled, vae.latentShape(size)),
    },
  };
}

async function decoded(c: Case, vae: VideoVae): Promise<Results> {
  const latent = c.tensors.get("in.latent");
  if (!latent) return {};
  const { values, shape } = latent;
  // Decoding begins with what scaling ends with.
  return {
    "out.decoded": await clipOf(vae, vae.scaled(values), shape.slice(1)),
    ...c.tensors.has("out.decoded_of_latent_over_scaling") && {
      "out.decoded_of_latent_over_scaling": await clipOf(
        vae,
        values,
        shape.slice(1),
      ),
    },
  };
}

/** The frames that latents [C, T, H, W] become. */
async function clipOf(
  vae: VideoVae,
  latents: Float32Array,
  [, t = 0, h = 0, w = 0]: readonly number[],
): Promise<Float32Array> {
  const { model } = vae;
  const { space } = model.strides;
  const frames = model.decodedFrames(t);
  const size = { frames, height: h * space, width: w * space };
  return joinFrames(await Array.fromAsync(vae.decode(latents, size))).data;
}

function compared(c: Case, results: Results): Comparison[] {
  return c.tensors.keys().filter((name) => name.startsWith("out."))
    .map((name) =>
      compare(name, results[name] ?? [], c.tensor(name).values, c.limit())
    ).toArray();
}

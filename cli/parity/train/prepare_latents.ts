import { Checkpoint } from "../../../io/checkpoint.ts";
import type { HostClip } from "../../../models/vae/clip.ts";
import {
  drawLatents,
  type DrawOrder,
} from "../../../models/vae/draw_latents.ts";
import { openVae } from "../../../models/vae/open.ts";
import { readerOf, type VideoVae } from "../../../models/vae/video_vae.ts";
import { AutoencoderKLWan } from "../../../models/vae/wan.ts";
import type { Case } from "../case.ts";
import { compare, type Comparison } from "../compare.ts";
import { eachItem, itemsOf } from "../items.ts";
import type { Runner } from "../runner.ts";

/** Latents that training draws from a clip's moments, in the order the authors do it. */
export const prepareLatents: Runner = async (c, gpu) => {
  using checkpoint = await Checkpoint.open(c.ref("vae"));
  using vae = await openVae(gpu, checkpoint);
  const [count = 1] = c.tensor("in.video_B_T_C_H_W").shape;
  return await eachItem(
    itemsOf(c, count, () => 0),
    (video) => latentsOf(video, vae),
  );
};

async function latentsOf(c: Case, vae: VideoVae): Promise<Comparison[]> {
  const video = framesLast(c, "in.video_B_T_C_H_W");
  const [, frames, height, width] = video.shape;
  const size = { frames, height, width };
  const moments = await vae.encode(readerOf(video), size);
  const noise = c.tensor("noise").values;
  const drawn = (order: DrawOrder) =>
    drawLatents(vae.model, moments, noise, order);
  const plain = drawn("draw then scale");
  const isWan = vae.model instanceof AutoencoderKLWan;
  const trained = isWan ? drawn("scale then draw") : plain;
  const results: Record<string, Float32Array> = {
    "moments": moments.data,
    "plain.latents": plain.data,
    "out.latents": trained.data,
    "out.latents_B_T_C_H_W": swapped(trained).data,
  };
  const names = ["moments", "plain.latents", "out.latents"];
  return [...names, "out.latents_B_T_C_H_W"].filter((name) =>
    c.tensors.has(name)
  ).map((name) =>
    compare(name, results[name]!, c.tensor(name).values, c.limit())
  );
}

/** A recorded clip [1, T, C, H, W] as [C, T, H, W]. */
function framesLast(c: Case, name: string): HostClip {
  const { shape, values: data } = c.tensor(name);
  const [, T, C, H, W] = shape;
  return swapped({ shape: [T!, C!, H!, W!], data });
}

/** The first two axes in the other order. */
function swapped({ shape: [A, B, H, W], data }: HostClip): HostClip {
  const n = H * W;
  const turned = new Float32Array(data.length);
  for (let a = 0; a < A; a++) {
    for (let b = 0; b < B; b++) {
      const from = (a * B + b) * n;
      turned.set(data.subarray(from, from + n), (b * A + a) * n);
    }
  }
  return { shape: [B, A, H, W], data: turned };
}

import { join } from "@std/path";
import { proceduralClip } from "../data/procedural.ts";
import { Checkpoint } from "../../io/checkpoint.ts";
import { writeCheckpoint } from "../../io/checkpoint_writer.ts";
import {
  PatchCodec,
  type PatchCodecConfig,
} from "../../models/tiny/patch_codec.ts";

/** Clips the embedded codec learns its axes from. */
const CLIPS = 400;

/** The codec of the embedded model: 16 frames of 32x32 are 64 tokens of 32 channels. */
export const TINY_CODEC: PatchCodecConfig = {
  patch_size: [4, 8, 8],
  latent_channels: 32,
  frames: 16,
  height: 32,
  width: 32,
  fps: 8,
};

/** Learns the embedded codec from procedural clips of a seed. */
export function fitTinyCodec(seed: number): PatchCodec {
  function* clips() {
    for (let i = 0; i < CLIPS; i++) {
      yield proceduralClip(seed, i, TINY_CODEC).video;
    }
  }
  return PatchCodec.fit(TINY_CODEC, clips());
}

export async function writeCodec(
  folder: string,
  codec: PatchCodec,
): Promise<void> {
  const tensors = [...codec.tensors()].map(([name, tensor]) =>
    [name, { dtype: "F32", ...tensor }] as const
  );
  await writeCheckpoint(folder, {
    config: { _class_name: "PatchCodec", ...codec.config },
    tensors: new Map(tensors),
  });
}

/** The codec of an earlier sitting in `out`, or a new one, which is kept there. */
export async function codecOf(out: string, seed: number): Promise<PatchCodec> {
  const folder = join(out, "vae");
  const known = await Deno.stat(folder).catch(() => undefined);
  if (known) {
    using checkpoint = await Checkpoint.open(folder);
    return await PatchCodec.load(checkpoint);
  }
  const codec = fitTinyCodec(seed);
  await Deno.mkdir(out, { recursive: true });
  await writeCodec(folder, codec);
  return codec;
}

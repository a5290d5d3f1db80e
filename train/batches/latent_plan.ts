import { join } from "@std/path";
import { InputError } from "../../core/errors.ts";
import type { ClipData } from "../data/clip_data.ts";
import type { ListedClips } from "../data/clip_source.ts";
import type { Gpu } from "../../gpu/device.ts";
import { latentLayout } from "../../infer/clip_size.ts";
import { openPatchCodec } from "../../infer/codec.ts";
import type { PipelineSource } from "../../infer/pipeline_source.ts";
import { Checkpoint } from "../../io/checkpoint.ts";
import { partFolder } from "../../io/model_index.ts";
import type { ClipShape } from "../../io/video/clip.ts";
import { AUTOENCODERS, declareVae } from "../../models/vae/open.ts";
import type { TrainConfig } from "../config/config.ts";
import { encodeClips } from "./encode_clips.ts";
import type { LatentSource } from "./latent_source.ts";
import { MomentLatents } from "./moment_latents.ts";
import { MomentStore } from "./moment_store.ts";
import { PatchLatents } from "./patch_latents.ts";

/** Subfolder of a run that holds the moments of its clips. */
const STORE = "latents";

/** Called before the first of `missing` things is made, and after each. */
export type Counting = (done: number, missing: number) => void;

/** The data of a run, checked before anything is built. */
export interface LatentPlan {
  /** Size and speed of every clip. */
  readonly size: ClipShape;
  readonly shape: LatentSource["shape"];
  readonly captions: readonly string[];
  /** The clips of the data, listed. */
  readonly list: ListedClips;
  /** Whether clips pass through an autoencoder before training. */
  readonly encodes: boolean;
  /** Encodes what has to be encoded before training; `onClip` may throw to stop. */
  open(gpu: Gpu, onClip: Counting): Promise<LatentSource>;
}

/** Opens the data of a run in the size it asks for. Throws InputError if the size or a clip does not fit. */
export async function planLatents(
  source: PipelineSource,
  config: TrainConfig,
  data: ClipData,
): Promise<LatentPlan> {
  const vae = await partFolder(source.index, "vae");
  using checkpoint = await Checkpoint.open(vae);
  return AUTOENCODERS.includes(String(checkpoint.config?.["_class_name"]))
    ? await planMoments(source, config, data, checkpoint)
    : await planPatches(vae, config, data);
}

async function planMoments(
  { codec, network }: PipelineSource,
  config: TrainConfig,
  data: ClipData,
  checkpoint: Checkpoint,
): Promise<LatentPlan> {
  const { batch, seed, out } = config;
  const { path: vae } = checkpoint;
  const own = codec.defaultSize;
  const { frames = own.frames, height = own.height, width = own.width } =
    config;
  const size = { frames, height, width, fps: own.fps };
  const layout = latentLayout(codec, network.patch, size);
  if (layout.frames !== frames) {
    throw new InputError(
      `Frames: found ${frames}, of whose latents the autoencoder makes ${layout.frames}; accepted are numbers that come back, as ${layout.frames}`,
    );
  }
  const model = declareVae(checkpoint);
  const clips = await data.set(size);
  const numbers = Array.from({ length: clips.count }, (_, clip) => clip);
  return {
    size,
    shape: layout.shape,
    captions: [...new Set(numbers.map((clip) => clips.captionOf(clip)))],
    list: clips,
    encodes: true,
    async open(gpu, onClip) {
      const store = new MomentStore(join(out, STORE));
      const made = await encodeClips(gpu, { vae, clips, size, store, onClip });
      const parts = { clips, made, store, model, ...layout, batch, seed };
      return new MomentLatents(gpu, parts);
    },
  };
}

async function planPatches(
  folder: string,
  config: TrainConfig,
  data: ClipData,
): Promise<LatentPlan> {
  const codec = await openPatchCodec(folder);
  const { frames, height, width } = config;
  const size = codec.defaultSize;
  for (const [key, asked] of Object.entries({ frames, height, width })) {
    const own = size[key as keyof typeof size];
    if (asked === undefined || asked === own) continue;
    throw new InputError(
      `Flag --${key}: found ${asked}, this model trains on ${own}`,
    );
  }
  const clips = await data.source(size);
  return {
    size,
    shape: codec.latentShape(size),
    captions: clips.captions,
    list: clips,
    encodes: false,
    open: (gpu) =>
      Promise.resolve(new PatchLatents(gpu, codec, clips, config.batch)),
  };
}

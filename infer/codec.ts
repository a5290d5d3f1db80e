import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { shown } from "../core/shown.ts";
import { Checkpoint } from "../io/checkpoint.ts";
import { DISK } from "../io/disk.ts";
import type { FileSource } from "../io/file_source.ts";
import { type ModelIndex, partFolder } from "../io/model_index.ts";
import type { ClipShape } from "../io/video/clip.ts";
import { PatchCodec } from "../models/tiny/patch_codec.ts";
import { finished } from "../models/vae/finished.ts";
import { VaeCodec } from "./vae_codec.ts";
import type { VideoCodec } from "./video_codec.ts";

/** Opens the `vae` of a pipeline; `size` is for a class whose config names none. Throws InputError. */
export async function openCodec(
  index: ModelIndex,
  size: ClipShape,
): Promise<VideoCodec> {
  const folder = await partFolder(index, "vae");
  const name = index.parts.get("vae") ?? "PatchCodec";
  if (name === "PatchCodec") {
    return fromPatches(await openPatchCodec(folder, index.files));
  }
  using checkpoint = await Checkpoint.open(folder, { files: index.files });
  checkClass(checkpoint, name);
  return new VaeCodec(checkpoint, size);
}

/** Opens the `vae` folder of the embedded model or one like it; InputError for another class. */
export async function openPatchCodec(
  folder: string,
  files: FileSource = DISK,
): Promise<PatchCodec> {
  using checkpoint = await Checkpoint.open(folder, { files });
  checkClass(checkpoint, "PatchCodec");
  return await PatchCodec.load(checkpoint);
}

function checkClass({ config, path }: Checkpoint, accepted: string): void {
  const name = config?.["_class_name"];
  if (name === accepted) return;
  throw new InputError(
    `${join(path, "config.json")} names the class ${
      shown(name)
    }, accepted is ${accepted}`,
  );
}

function fromPatches(codec: PatchCodec): VideoCodec {
  return {
    defaultSize: codec.defaultSize,
    firstFrames: codec.config.patch_size[0],
    onGpu: false,
    latentShape: (size) => codec.latentShape(size),
    decodedFrames: (latents) => latents * codec.config.patch_size[0],
    async *decode(_, latents, size) {
      const { frames, height, width } = size;
      const data = codec.decode(latents, size);
      yield finished({ shape: [3, frames, height, width], data });
    },
  };
}

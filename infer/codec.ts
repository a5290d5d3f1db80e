import { join } from "@std/path";
import type { ClipSize } from "../core/clip_size.ts";
import { InputError } from "../core/errors.ts";
import { Checkpoint } from "../io/checkpoint.ts";
import { PatchCodec } from "../models/tiny/patch_codec.ts";

/** What turns latents into pixels. */
export interface VideoCodec {
  /** The size of a clip when nobody asks for another. */
  readonly defaultSize: ClipSize & { readonly fps: number };
  /** [C, T, H, W] of the latents of a clip; InputError names the nearest size allowed. */
  latentShape(size: ClipSize): [number, number, number, number];
  /** Latents [C, T, H, W] to f32 [3, F, H, W] in about [-1, 1]. */
  decode(
    latents: Float32Array,
    size: ClipSize,
  ): Float32Array<ArrayBuffer>;
}

/** Opens the `vae` folder of a pipeline by the class its config names. */
export async function openCodec(folder: string): Promise<PatchCodec> {
  using checkpoint = await Checkpoint.open(folder);
  const name = checkpoint.config?.["_class_name"];
  if (name !== "PatchCodec") {
    throw new InputError(
      `${join(folder, "config.json")} names the class ${
        JSON.stringify(name)
      }, accepted is PatchCodec`,
    );
  }
  return await PatchCodec.load(checkpoint);
}

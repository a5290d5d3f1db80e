import { InputError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Gpu } from "../../gpu/device.ts";
import { load, type TensorSource } from "../load.ts";
import type { Module } from "../module.ts";
import type { VideoAutoencoder } from "./autoencoder.ts";
import { channelsLast } from "./channels_last.ts";
import { AutoencoderKLCogVideoX } from "./cogvideox.ts";
import { parseCogVideoXVaeConfig } from "./cogvideox_config.ts";
import { VideoVae } from "./video_vae.ts";
import { AutoencoderKLWan } from "./wan.ts";
import { parseWanVaeConfig } from "./wan_config.ts";

/** A checkpoint with its config.json. */
export type VaeSource = TensorSource & {
  readonly config: JsonObject | undefined;
};

type Make = (config: JsonObject, path: string) => Module & VideoAutoencoder;

const CLASSES: ReadonlyMap<string, Make> = new Map<string, Make>([
  [
    "AutoencoderKLWan",
    (config, path) => new AutoencoderKLWan(parseWanVaeConfig(config, path)),
  ],
  [
    "AutoencoderKLCogVideoX",
    (config, path) =>
      new AutoencoderKLCogVideoX(parseCogVideoXVaeConfig(config, path)),
  ],
]);

/** The classes of autoencoders that can be opened, as config.json names them. */
export const AUTOENCODERS: readonly string[] = [...CLASSES.keys()];

/**
 * Loads the autoencoder of a checkpoint. Throws InputError, before anything is
 * uploaded, if it is of another class or does not fit its config.
 */
export async function openVae(gpu: Gpu, source: VaeSource): Promise<VideoVae> {
  const { config = {}, path } = source;
  const name = config["_class_name"];
  const make = CLASSES.get(String(name));
  if (!make) {
    throw new InputError(
      `${path} holds the class ${JSON.stringify(name)}, accepted is ${
        AUTOENCODERS.join(" or ")
      }`,
    );
  }
  const model = make(config, path);
  await load(gpu, model, channelsLast(source));
  return new VideoVae(gpu, model);
}

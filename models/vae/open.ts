import { InputError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { shown } from "../../core/shown.ts";
import type { Gpu } from "../../gpu/device.ts";
import { load, type TensorSource } from "../weights/load.ts";
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
 *
 * @example A folder's autoencoder, whose frames leave chunk by chunk
 * ```ts
 * import type { Gpu } from "@qvgen/qvgen";
 * import { openVae, type VaeSource } from "@qvgen/qvgen/models";
 *
 * async function play(gpu: Gpu, folder: VaeSource, latents: Float32Array) {
 *   using vae = await openVae(gpu, folder);
 *   const size = { frames: 81, height: 480, width: 832 };
 *   for await (const { shape, data } of vae.decode(latents, size)) {
 *     console.log(shape, data.length); // [3, 1, 480, 832], then [3, 4, 480, 832]
 *   }
 * }
 * ```
 */
export async function openVae(gpu: Gpu, source: VaeSource): Promise<VideoVae> {
  using onFailure = new DisposableStack();
  const model = onFailure.use(declareVae(source));
  await load(gpu, model, channelsLast(source));
  onFailure.move();
  return new VideoVae(gpu, model);
}

/** The modules that encoding alone needs, in every class. */
const ENCODING = ["encoder", "quant_conv"];

/** Opens the decoder alone; the weights of the encoder are not read. */
export async function openDecoder(
  gpu: Gpu,
  source: VaeSource,
): Promise<VideoVae> {
  using onFailure = new DisposableStack();
  const model = onFailure.use(declareVae(source));
  const decoding = Object.fromEntries(
    Object.entries(model).filter(([name]) => !ENCODING.includes(name)),
  );
  await load(gpu, decoding, channelsLast(source), {
    ignore: (name) => ENCODING.includes(name.split(".")[0]!),
  });
  onFailure.move();
  return new VideoVae(gpu, model);
}

/** The autoencoder of a checkpoint, without values; InputError for another class. */
export function declareVae(
  { config = {}, path }: Pick<VaeSource, "config" | "path">,
): Module & VideoAutoencoder {
  const name = config["_class_name"];
  const make = CLASSES.get(String(name));
  if (!make) {
    throw new InputError(
      `${path} holds the class ${shown(name)}, accepted is ${
        AUTOENCODERS.join(" or ")
      }`,
    );
  }
  return make(config, path);
}

import * as v from "valibot";
import { InputError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { checked, count, few } from "../../core/schema.ts";
import { shown } from "../../core/shown.ts";
import { parameters } from "../../models/module.ts";
import { AUTOENCODERS, declareVae } from "../../models/vae/open.ts";
const patchSchema = v.object({
  patch_size: v.tuple([few, few, few]),
  latent_channels: count,
});

const RGB = 3;

/** How many parameters a network has, whose values need not be there. */
export function countParameters(module: object): number {
  return parameters(module).reduce((sum, [, { size }]) => sum + size, 0);
}

/**
 * How many parameters a video autoencoder of this config has. `path` names the
 * config in errors (InputError).
 */
export function countVaeParameters(config: JsonObject, path: string): number {
  const name = config["_class_name"];
  if (name === "PatchCodec") return patchParameters(config, path);
  if (AUTOENCODERS.includes(String(name))) {
    return countParameters(declareVae({ config, path }));
  }
  throw new InputError(
    `${path} names the class ${shown(name)}, accepted is ${
      [...AUTOENCODERS, "PatchCodec"].join(" or ")
    }`,
  );
}

function patchParameters(config: JsonObject, path: string): number {
  const { patch_size, latent_channels: z } = checked(
    patchSchema,
    config,
    `${path} is no config of a PatchCodec`,
  );
  const values = patch_size.reduce((a, b) => a * b, RGB);
  return values + z * values + z; // the mean patch, the axes, their scales
}

import * as v from "valibot";
import { InputError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { parameters } from "../../models/module.ts";
import { AUTOENCODERS, declareVae } from "../../models/vae/open.ts";

const count = v.pipe(v.number(), v.integer(), v.minValue(1));
const patchSchema = v.object({
  patch_size: v.array(count),
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
    `${path} names the class ${JSON.stringify(name)}, accepted is ${
      [...AUTOENCODERS, "PatchCodec"].join(" or ")
    }`,
  );
}

function patchParameters(config: JsonObject, path: string): number {
  const result = v.safeParse(patchSchema, config);
  if (!result.success) {
    throw new InputError(
      `${path} is no config of a PatchCodec: ${
        result.issues.map((i) => `${v.getDotPath(i)}: ${i.message}`).join("; ")
      }`,
    );
  }
  const { patch_size, latent_channels: z } = result.output;
  const values = patch_size.reduce((a, b) => a * b, RGB);
  return values + z * values + z; // the mean patch, the axes, their scales
}

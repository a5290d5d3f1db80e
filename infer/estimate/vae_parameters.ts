import * as v from "valibot";
import { InputError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";

const count = v.pipe(v.number(), v.integer(), v.minValue(1));

const wanSchema = v.object({
  base_dim: count,
  z_dim: count,
  dim_mult: v.pipe(v.array(count), v.minLength(1)),
  num_res_blocks: count,
  temperal_downsample: v.array(v.boolean()), // spelt as diffusers spells it
});

const cogvideoxSchema = v.object({
  block_out_channels: v.pipe(v.array(count), v.minLength(1)),
  latent_channels: count,
  layers_per_block: count,
});

const patchSchema = v.object({
  patch_size: v.array(count),
  latent_channels: count,
});

const RGB = 3;

/**
 * How many parameters a video autoencoder of this config has, from its layers'
 * sizes alone. `path` names the config in errors (InputError).
 */
export function vaeParameters(config: JsonObject, path: string): number {
  const name = config["_class_name"];
  if (name === "AutoencoderKLWan") return wan(parse(wanSchema, config, path));
  if (name === "AutoencoderKLCogVideoX") {
    return cogvideox(parse(cogvideoxSchema, config, path));
  }
  if (name === "PatchCodec") {
    const { patch_size, latent_channels: z } = parse(patchSchema, config, path);
    const values = patch_size.reduce((a, b) => a * b, RGB);
    return values + z * values + z; // the mean patch, the axes, their scales
  }
  throw new InputError(
    `${path} names the class ${
      JSON.stringify(name)
    }, accepted is AutoencoderKLWan, AutoencoderKLCogVideoX or PatchCodec`,
  );
}

/** A convolution of `taps` taps with its bias. */
function conv(from: number, to: number, taps: number): number {
  return from * to * taps + to;
}

function sum(values: Iterable<number>): number {
  return [...values].reduce((a, b) => a + b, 0);
}

function wan(config: v.InferOutput<typeof wanSchema>): number {
  const { base_dim, z_dim: z, dim_mult, num_res_blocks } = config;
  const down = config.temperal_downsample;
  const block = (from: number, to: number) =>
    from + conv(from, to, 27) + to + conv(to, to, 27) +
    (from === to ? 0 : conv(from, to, 1));
  const blocks = (from: number, to: number, n: number) =>
    block(from, to) + (n - 1) * block(to, to);
  const middle = (c: number) =>
    2 * block(c, c) + c + conv(c, 3 * c, 1) + conv(c, c, 1);
  const dims = dim_mult.map((m) => m * base_dim);
  const [widest, last] = [dims.at(-1)!, dims.length - 1];
  const encoder = conv(RGB, base_dim, 27) +
    sum(dims.map((to, i) => {
      const halve = i === last
        ? 0
        : conv(to, to, 9) + (down[i] ? conv(to, to, 3) : 0);
      return blocks(dims[i - 1] ?? base_dim, to, num_res_blocks) + halve;
    })) + middle(widest) + widest + conv(widest, 2 * z, 27);
  const decoder = conv(z, widest, 27) + middle(widest) +
    sum(
      dims.toReversed().map((to, i) => {
        // An upsampling before it has halved the channels.
        const from = i === 0 ? widest : dims[last - i + 1]! / 2;
        const double = i === last ? 0 : conv(to, to / 2, 9) +
          (down[last - 1 - i] ? conv(to, 2 * to, 3) : 0);
        return blocks(from, to, num_res_blocks + 1) + double;
      }),
    ) + dims[0]! + conv(dims[0]!, RGB, 27);
  return encoder + decoder + conv(2 * z, 2 * z, 1) + conv(z, z, 1);
}

function cogvideox(config: v.InferOutput<typeof cogvideoxSchema>): number {
  const { block_out_channels: dims, latent_channels: z } = config;
  const layers = config.layers_per_block;
  const groupNorm = (c: number) => 2 * c;
  const spatialNorm = (c: number) => 2 * c + 2 * conv(z, c, 1);
  const blocks = (
    [from, to]: readonly [number, number],
    n: number,
    norm: (c: number) => number,
  ) =>
    norm(from) + conv(from, to, 27) + (from === to ? 0 : conv(from, to, 1)) +
    (n - 1) * (norm(to) + conv(to, to, 27)) + n * (norm(to) + conv(to, to, 27));
  const levels = (
    sizes: readonly number[],
    n: number,
    norm: (c: number) => number,
  ) =>
    sum(sizes.map((to, i) => {
      const resample = i === sizes.length - 1 ? 0 : conv(to, to, 9);
      return blocks([sizes[i - 1] ?? sizes[0]!, to], n, norm) + resample;
    }));
  const widest = dims.at(-1)!;
  const encoder = conv(RGB, dims[0]!, 27) + levels(dims, layers, groupNorm) +
    blocks([widest, widest], 2, groupNorm) + groupNorm(widest) +
    conv(widest, 2 * z, 27);
  const decoder = conv(z, widest, 27) +
    blocks([widest, widest], 2, spatialNorm) +
    levels(dims.toReversed(), layers + 1, spatialNorm) +
    spatialNorm(dims[0]!) + conv(dims[0]!, RGB, 27);
  return encoder + decoder;
}

function parse<S extends v.GenericSchema>(
  schema: S,
  config: JsonObject,
  path: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, config);
  if (result.success) return result.output;
  throw new InputError(
    `${path} is no config of a ${String(config["_class_name"])}: ${
      result.issues.map((i) => `${v.getDotPath(i)}: ${i.message}`).join("; ")
    }`,
  );
}

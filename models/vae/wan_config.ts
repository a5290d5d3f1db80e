import * as v from "valibot";
import { InputError } from "../../core/errors.ts";
import { checked, count, few, MAX_LEVELS } from "../../core/schema.ts";

const schema = v.object({
  base_dim: count,
  z_dim: count,
  dim_mult: v.pipe(v.array(few), v.minLength(2), v.maxLength(MAX_LEVELS)),
  num_res_blocks: few,
  temperal_downsample: v.array(v.boolean()),
  attn_scales: v.optional(v.pipe(v.array(v.number()), v.length(0)), []),
  latents_mean: v.array(v.number()),
  latents_std: v.array(v.pipe(v.number(), v.gtValue(0))),
  in_channels: v.optional(v.literal(3), 3),
  out_channels: v.optional(v.literal(3), 3),
  is_residual: v.optional(v.literal(false), false),
  decoder_base_dim: v.nullish(v.null()),
  patch_size: v.nullish(v.null()),
});

/** The keys of an AutoencoderKLWan's config.json that this program uses. */
export interface WanVaeConfig {
  /** Channels at full size. */
  readonly base_dim: number;
  /** Channels of the latents. */
  readonly z_dim: number;
  /** Factors of `base_dim`, from full size down. */
  readonly dim_mult: readonly number[];
  /** Blocks of a level in the encoder; the decoder has one more. */
  readonly num_res_blocks: number;
  /** Whether each halving of the size halves the frames too. */
  readonly temperal_downsample: readonly boolean[];
  /** Mean of each channel of the latents. */
  readonly latents_mean: readonly number[];
  /** Standard deviation of each channel of the latents. */
  readonly latents_std: readonly number[];
}

/** Checks a config.json object; `path` names it in errors (InputError). */
export function parseWanVaeConfig(json: unknown, path: string): WanVaeConfig {
  const intro = `${path} is no config of an AutoencoderKLWan of Wan 2.1`;
  const config = checked(schema, json, intro);
  const complaints = misfits(config);
  if (complaints.length === 0) return config;
  throw new InputError(`${intro}: ${complaints.join("; ")}`);
}

function misfits(config: WanVaeConfig): string[] {
  const { dim_mult, temperal_downsample, z_dim } = config;
  const lengths = [
    ["temperal_downsample", temperal_downsample, dim_mult.length - 1],
    ["latents_mean", config.latents_mean, z_dim],
    ["latents_std", config.latents_std, z_dim],
  ] as const;
  return lengths.filter(([, list, n]) => list.length !== n).map((
    [name, list, n],
  ) => `${name} has ${list.length} entries, expected ${n}`);
}

import * as v from "valibot";
import { InputError } from "../../core/errors.ts";
import { checked, count, epsilon, few, MAX_LEVELS } from "../../core/schema.ts";

const types = (name: string) =>
  v.pipe(v.array(v.literal(name)), v.maxLength(MAX_LEVELS));

const schema = v.object({
  in_channels: v.literal(3),
  out_channels: v.literal(3),
  down_block_types: types("CogVideoXDownBlock3D"),
  up_block_types: types("CogVideoXUpBlock3D"),
  block_out_channels: v.pipe(
    v.array(count),
    v.minLength(2),
    v.maxLength(MAX_LEVELS),
  ),
  latent_channels: count,
  layers_per_block: few,
  act_fn: v.literal("silu"),
  norm_eps: epsilon,
  norm_num_groups: count,
  temporal_compression_ratio: v.picklist([1, 2, 4, 8]),
  sample_height: count,
  sample_width: count,
  scaling_factor: v.pipe(v.number(), v.gtValue(0)),
  shift_factor: v.nullish(v.null()),
  latents_mean: v.nullish(v.null()),
  latents_std: v.nullish(v.null()),
  use_quant_conv: v.optional(v.literal(false), false),
  use_post_quant_conv: v.optional(v.literal(false), false),
});

/** The keys of an AutoencoderKLCogVideoX's config.json that this program uses. */
export interface CogVideoXVaeConfig {
  /** Channels of each level, from full size down. */
  readonly block_out_channels: readonly number[];
  /** Channels of the latents. */
  readonly latent_channels: number;
  /** Blocks of a level in the encoder; the decoder has one more. */
  readonly layers_per_block: number;
  /** Epsilon of the norms inside the encoder's blocks. */
  readonly norm_eps: number;
  /** Groups of channels of every norm. */
  readonly norm_num_groups: number;
  /** Frames that a latent frame covers. */
  readonly temporal_compression_ratio: number;
  /** Pixels of the frames it was made for. */
  readonly sample_height: number;
  /** Pixels of the frames it was made for. */
  readonly sample_width: number;
  /** What latents are multiplied by for the transformer. */
  readonly scaling_factor: number;
}

/** Checks a config.json object; `path` names it in errors (InputError). */
export function parseCogVideoXVaeConfig(
  json: unknown,
  path: string,
): CogVideoXVaeConfig {
  const intro = `${path} is no config of an AutoencoderKLCogVideoX`;
  const config = checked(schema, json, intro);
  const complaints = misfits(config);
  if (complaints.length === 0) return config;
  throw new InputError(`${intro}: ${complaints.join("; ")}`);
}

function misfits(
  { block_out_channels, norm_num_groups, temporal_compression_ratio }:
    CogVideoXVaeConfig,
): string[] {
  const uneven = block_out_channels.find((n) => n % norm_num_groups !== 0);
  return [
    ...(uneven === undefined
      ? []
      : [`${norm_num_groups} groups do not divide ${uneven} channels`]),
    ...(Math.log2(temporal_compression_ratio) < block_out_channels.length
      ? []
      : [`${block_out_channels.length} levels halve the frames too rarely`]),
  ];
}

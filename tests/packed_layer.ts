import type { LayerToPack } from "../models/packed/write.ts";
import { groupsOf, type QuantizationConfig } from "../models/packed/config.ts";
import { uniform } from "./check.ts";

/** What a config has more for a scale a group of 64 inputs. */
export const GROUPS_OF_64 = {
  granularity: "per_group",
  group_size: 64,
} as const;

/** What the linears of a packed model share, with learnt ranges unless `groups` is 0. */
export function quantizationOf(
  weight_bits: number,
  activation_bits: number = weight_bits,
  groups = 5,
): QuantizationConfig {
  return {
    quant_method: "qvgen",
    weight_bits,
    activation_bits,
    granularity: "per_channel",
    modules_to_not_convert: [],
    activation_clips: { rule: "timestep", groups, ratio: 0.95 },
  };
}

/** A linear with codes of all values, weights of about unit gain and ranges that differ. */
export function randomLayer(
  config: QuantizationConfig,
  { inputs, outputs, bias = true, seed = 1 }: {
    readonly inputs: number;
    readonly outputs: number;
    readonly bias?: boolean;
    readonly seed?: number;
  },
): LayerToPack {
  const { weight_bits, activation_clips: { groups } } = config;
  const scales = outputs * groupsOf(config, inputs);
  const random = uniform(seed);
  const many = (n: number, value: (r: number) => number) =>
    Float32Array.from({ length: n }, () => value(random()));
  const count = 2 ** weight_bits;
  return {
    inputs,
    codes: Uint8Array.from(
      { length: inputs * outputs },
      () => (random() + 1) / 2 * count,
    ),
    scale: many(scales, (r) => (1 + r / 2) * 4 / count / Math.sqrt(inputs)),
    zero: many(scales, (r) => (count - 1) / 2 + r),
    ...(bias && { bias: many(outputs, (r) => r) }),
    ...(groups > 0 && {
      ranges: {
        upper: many(groups, (r) => 2 + r),
        lower: many(groups, (r) => 2 + r),
      },
    }),
  };
}

import type { LayerToPack } from "../models/packed/write.ts";
import type { QuantizationConfig } from "../models/packed/config.ts";
import { uniform } from "./check.ts";

/** What the linears of a packed model share, with learnt clips unless `groups` is 0. */
export function quantizationOf(
  weight_bits: 3 | 4,
  activation_bits: number = weight_bits,
  groups = 5,
): QuantizationConfig {
  return {
    quant_method: "qvgen",
    weight_bits,
    activation_bits,
    granularity: "per_channel",
    modules_to_not_convert: [],
    activation_clips: { rule: "product", groups, ratio: 0.95 },
  };
}

/** A linear with codes of all values, weights of about unit gain and clips that differ. */
export function randomLayer(
  { weight_bits, activation_clips: { groups } }: QuantizationConfig,
  { inputs, outputs, bias = true, seed = 1 }: {
    readonly inputs: number;
    readonly outputs: number;
    readonly bias?: boolean;
    readonly seed?: number;
  },
): LayerToPack {
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
    scale: many(outputs, (r) => (1 + r / 2) * 4 / count / Math.sqrt(inputs)),
    zero: many(outputs, (r) => (count - 1) / 2 + r),
    ...(bias && { bias: many(outputs, (r) => r) }),
    ...(groups > 0 && {
      clips: {
        upper: many(groups, (r) => 2 + r),
        lower: many(groups, (r) => 2 + r),
      },
    }),
  };
}

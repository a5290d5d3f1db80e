import type { Traits } from "../gpu/traits.ts";
import { type Kernel, kernel } from "../gpu/kernel.ts";
import type { Constants } from "../gpu/specialize.ts";
import map from "./lib/conv_map.wgsl" with { type: "text" };
import subgroup from "./conv_subgroup.wgsl" with { type: "text" };
import tiled from "./conv_tiled.wgsl" with { type: "text" };
import weightSubgroup from "./conv_weight_subgroup.wgsl" with { type: "text" };
import weightTiled from "./conv_weight_tiled.wgsl" with { type: "text" };

/** Channels-last convolution; the gradient of its input is one too. */
export type Conv = Kernel<"x" | "w" | "bias" | "y">;

/** The gradient of its weight, in chunks that are still to be summed. */
export type ConvWeight = Kernel<"x" | "dy" | "dw">;

/** A form with its tile: what one workgroup covers, in scalars. */
export interface ConvTile<Form> {
  readonly kernel: Form;
  readonly constants: Constants;
  readonly rows: number;
  readonly columns: number;
}

const forward = ["x", "w", "bias", "y"] as const;
const backward = ["x", "dy", "dw"] as const;

/** A subgroup is a workgroup; needs a fixed subgroup width. */
export const convSubgroup: Conv = kernel(
  "conv_subgroup",
  `${subgroup}\n${map}`,
  forward,
);

/** Through workgroup memory; needs nothing. */
export const convTiled: Conv = kernel(
  "conv_tiled",
  `${tiled}\n${map}`,
  forward,
);

/** The weight's gradient where a subgroup is a workgroup. */
export const convWeightSubgroup: ConvWeight = kernel(
  "conv_weight_subgroup",
  `${weightSubgroup}\n${map}`,
  backward,
);

/** The weight's gradient through workgroup memory. */
export const convWeightTiled: ConvWeight = kernel(
  "conv_weight_tiled",
  `${weightTiled}\n${map}`,
  backward,
);

/** Tiles through workgroup memory for so many channels of y: none computes many that are not there. */
const TILES = [
  { most: 16, WIDE: 2, HIGH: 32, TM: 4 },
  { most: 32, WIDE: 4, HIGH: 16, TM: 8 },
  { most: Infinity, WIDE: 8, HIGH: 8, TM: 8 },
];

/** Positions by channels of y that a workgroup takes; chosen as `tileFor` of matmul does. */
export function convTile(
  { software, subgroupSize }: Traits,
  channels: number,
): ConvTile<Conv> {
  if (!software || subgroupSize === 0) {
    const { most: _, ...constants } = TILES.find(({ most }) =>
      channels <= most
    )!;
    return {
      kernel: convTiled,
      constants,
      rows: constants.HIGH * constants.TM,
      columns: 8 * constants.WIDE,
    };
  }
  return {
    kernel: convSubgroup,
    constants: { LANES: subgroupSize },
    rows: 32,
    columns: 4 * subgroupSize,
  };
}

/** Channels of y by channels of x that a workgroup takes, of one tap; `channels` are the most of either. */
export function convWeightTile(
  { software, subgroupSize }: Traits,
  channels: number,
): ConvTile<ConvWeight> {
  if (!software || subgroupSize === 0) {
    const [SIDE, RUNS] = channels <= 16
      ? [4, 1]
      : channels <= 32
      ? [8, 1]
      : [8, 2];
    const side = 4 * SIDE * RUNS;
    return {
      kernel: convWeightTiled,
      constants: { SIDE, RUNS },
      rows: side,
      columns: side,
    };
  }
  return {
    kernel: convWeightSubgroup,
    constants: { LANES: subgroupSize },
    rows: 32,
    columns: 4 * subgroupSize,
  };
}

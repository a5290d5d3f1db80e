import source from "./group_norm.wgsl" with { type: "text" };
import { type RowKernel, rowKernel } from "./lib/rows.ts";

/** Mean and squares of chunks of rows; groups (columns / (lanes SPAN), chunks, clips). */
export const groupMoments: RowKernel<"x" | "partial"> = rowKernel(
  "group_norm",
  source,
  ["x", "partial"],
  "moments",
);

/** Mean and 1 / deviation of every channel; groups (groups of channels, clips). */
export const groupStatistics: RowKernel<"partials" | "stats"> = rowKernel(
  "group_norm",
  source,
  ["partials", "stats"],
  "statistics",
);

/** y from x and its statistics. */
export const groupNormForward: RowKernel<
  "x" | "seen" | "gain" | "shift" | "zq" | "y"
> = rowKernel(
  "group_norm",
  source,
  ["x", "seen", "gain", "shift", "zq", "y"],
  "forward",
);

/** dx from the statistics and the means of what reaches the groups. */
export const groupNormBackward: RowKernel<
  "x" | "seen" | "gain" | "dy" | "means" | "dx"
> = rowKernel(
  "group_norm",
  source,
  ["x", "seen", "gain", "dy", "means", "dx"],
  "backward",
);

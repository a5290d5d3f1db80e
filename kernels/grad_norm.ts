import { type RowKernel, rowKernel } from "./lib/rows.ts";
import group from "./lib/optimizer_group.wgsl" with { type: "text" };
import clip from "./clip_factor.wgsl" with { type: "text" };
import blocks from "./grad_norm.wgsl" with { type: "text" };

/** sums[first + row] = sum of squares of block `row` of g. */
export const gradNormBlocks: RowKernel<"g" | "sums"> = rowKernel(
  "grad_norm",
  blocks,
  ["g", "sums"],
  "blocks",
);

/** stats = norm of all groups, clip factor, norm of each group; one workgroup. */
export const clipFactor: RowKernel<"sums" | "groups" | "stats"> = rowKernel(
  "clip_factor",
  `${clip}\n${group}`,
  ["sums", "groups", "stats"],
  "clip",
);

import { type RowKernel, rowKernel } from "./lib/rows.ts";
import group from "./lib/optimizer_group.wgsl" with { type: "text" };
import factor from "./norm_factor.wgsl" with { type: "text" };
import blocks from "./grad_norm.wgsl" with { type: "text" };

/** sums[first + row] = sum of squares of block `row` of g. */
export const gradNormBlocks: RowKernel<"g" | "sums"> = rowKernel(
  "grad_norm",
  blocks,
  ["g", "sums"],
  "blocks",
);

/** stats = norm of all groups, factor that limits it, norm of each group; one workgroup. */
export const normFactor: RowKernel<"sums" | "groups" | "stats"> = rowKernel(
  "norm_factor",
  `${factor}\n${group}`,
  ["sums", "groups", "stats"],
  "factor",
);

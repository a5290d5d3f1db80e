import { type RowKernel, rowKernel } from "./lib/rows.ts";
import grid from "./lib/token_grid.wgsl" with { type: "text" };
import source from "./quantize_rows.wgsl" with { type: "text" };

/** Codes of each token, and s, z, sum(q - z), under 1 to 3 SETS of ranges. */
export const quantizeRows: RowKernel<
  | "x"
  | "index"
  | "ranges0"
  | "ranges1"
  | "ranges2"
  | "codes"
  | "token"
  | "sums"
> = rowKernel("quantize_rows", `${source}\n${grid}`, [
  "x",
  "index",
  "ranges0",
  "ranges1",
  "ranges2",
  "codes",
  "token",
  "sums",
]);

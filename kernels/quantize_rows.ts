import { type RowKernel, rowKernel } from "./lib/rows.ts";
import grid from "./lib/token_grid.wgsl" with { type: "text" };
import source from "./quantize_rows.wgsl" with { type: "text" };

/** Codes of each token, and s, z, sum(q) - K z; constants BYTES and LEARNED. */
export const quantizeRows: RowKernel<
  "x" | "upper" | "lower" | "index" | "codes" | "token"
> = rowKernel(
  "quantize_rows",
  `${source}\n${grid}`,
  ["x", "upper", "lower", "index", "codes", "token"],
);

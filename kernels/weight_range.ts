import { type RowKernel, rowKernel } from "./lib/rows.ts";
import source from "./weight_range.wgsl" with { type: "text" };

/** The first scale and zero of each row; constants SEARCH and INTEGER_ZERO choose how. */
export const weightRangeRows: RowKernel<"w" | "scale" | "zero"> = rowKernel(
  "weight_range",
  source,
  ["w", "scale", "zero"],
);

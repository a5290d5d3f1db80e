import { type Kernel, kernel } from "../gpu/kernel.ts";
import source from "./reduce.wgsl" with { type: "text" };

/** Values of the constant OP. */
export const REDUCE = { sum: 0, amax: 1, amin: 2 } as const;

/** Rows of contiguous elements, a group of lanes a part; lengths in vectors. */
export const rows4: Kernel<"x4" | "y1"> = kernel(
  "reduce",
  source,
  ["x4", "y1"],
  "rows4",
);

/** Columns, a lane for four neighbouring ones; the inner length in vectors. */
export const columns4: Kernel<"x4" | "y4"> = kernel(
  "reduce",
  source,
  ["x4", "y4"],
  "columns4",
);

/** Columns, a lane each. */
export const columns1: Kernel<"x1" | "y1"> = kernel(
  "reduce",
  source,
  ["x1", "y1"],
  "columns1",
);

import { type Kernel, kernel } from "../gpu/kernel.ts";
import source from "./column_sums.wgsl" with { type: "text" };

/** Sums over chunks of rows; groups are (64 vec4 columns, chunk, batch). */
export const columnSums: Kernel<"x" | "y"> = kernel(
  "column_sums",
  source,
  ["x", "y"],
);

import { type RowKernel, rowKernel } from "./lib/rows.ts";
import source from "./norm.wgsl" with { type: "text" };

/** y = (x - mean) rstd (one + gain) + shift for each row, and stats = mean, rstd. */
export const normForward: RowKernel<"x" | "gain" | "shift" | "y" | "stats"> =
  rowKernel("norm", source, ["x", "gain", "shift", "y", "stats"], "forward");

/** dx of the same, from the stats of the forward pass, and what is before it. */
export const normBackward: RowKernel<
  "x" | "gain" | "seen" | "dy" | "dx" | "before"
> = rowKernel(
  "norm",
  source,
  ["x", "gain", "seen", "dy", "dx", "before"],
  "backward",
);

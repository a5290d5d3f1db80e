import { type RowKernel, rowKernel } from "./lib/rows.ts";
import source from "./modulate.wgsl" with { type: "text" };

/** y = x (one + gain) + shift, with one vector for every `span` rows. */
export const modulateRows: RowKernel<"x" | "gain" | "shift" | "y"> = rowKernel(
  "modulate",
  source,
  ["x", "gain", "shift", "y"],
  "modulate",
);

/** y = residual + x (one + gain), with one vector for every `span` rows. */
export const gatedRows: RowKernel<"x" | "gain" | "y" | "residual"> = rowKernel(
  "modulate",
  source,
  ["x", "gain", "y", "residual"],
  "gated",
);

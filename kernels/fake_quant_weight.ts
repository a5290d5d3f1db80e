import source from "./fake_quant_weight.wgsl" with { type: "text" };
import { type RowKernel, rowKernel } from "./lib/rows.ts";

/** Weight rows that one workgroup of `fakeQuantWeightForward` covers. */
export const TILE_ROWS = 8;

/** y = s (q - z) + (L diag(gamma)) R; groups of TILE_ROWS weight rows. */
export const fakeQuantWeightForward: RowKernel<
  "w" | "scale" | "zero" | "left" | "right" | "gamma" | "y"
> = rowKernel(
  "fake_quant_weight",
  source,
  ["w", "scale", "zero", "left", "right", "gamma", "y"],
  "forward",
);

/** dw, and ds and dz of each row of sums. */
export const fakeQuantWeightBackward: RowKernel<
  "w" | "scale" | "zero" | "dy" | "dw" | "dscale" | "dzero"
> = rowKernel(
  "fake_quant_weight",
  source,
  ["w", "scale", "zero", "dy", "dw", "dscale", "dzero"],
  "backward",
);

/** y = the codes, as whole numbers in floats. */
export const weightEncode: RowKernel<"w" | "scale" | "zero" | "y"> = rowKernel(
  "fake_quant_weight",
  source,
  ["w", "scale", "zero", "y"],
  "encode",
);

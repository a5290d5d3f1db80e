import source from "./fake_quant_weight.wgsl" with { type: "text" };
import { type RowKernel, rowKernel } from "./lib/rows.ts";

/** y = s (q - z), plus the branch if the constant BRANCH says so. */
export const fakeQuantWeightForward: RowKernel<
  "w" | "scale" | "zero" | "branch" | "y"
> = rowKernel(
  "fake_quant_weight",
  source,
  ["w", "scale", "zero", "branch", "y"],
  "forward",
);

/** dw, and the sums of each row for ds and dz. */
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

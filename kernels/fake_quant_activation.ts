import source from "./fake_quant_activation.wgsl" with { type: "text" };
import { type RowKernel, rowKernel } from "./lib/rows.ts";
import ranges from "./lib/token_range.wgsl" with { type: "text" };
import grid from "./lib/token_grid.wgsl" with { type: "text" };

/** y = s (q - z) of each token, and its least and greatest values. */
export const fakeQuantActivationForward: RowKernel<
  "x" | "upper" | "lower" | "index" | "y" | "extremes"
> = rowKernel(
  "fake_quant_activation",
  `${source}\n${grid}\n${ranges}`,
  ["x", "upper", "lower", "index", "y", "extremes"],
  "forward",
);

/** dx, and the gradients of each token's ranges. */
export const fakeQuantActivationBackward: RowKernel<
  "x" | "upper" | "lower" | "index" | "seen" | "dy" | "dx" | "dranges"
> = rowKernel(
  "fake_quant_activation",
  `${source}\n${grid}\n${ranges}`,
  ["x", "upper", "lower", "index", "seen", "dy", "dx", "dranges"],
  "backward",
);

import source from "./fake_quant_activation.wgsl" with { type: "text" };
import { type RowKernel, rowKernel } from "./lib/rows.ts";
import grid from "./lib/token_grid.wgsl" with { type: "text" };

/** y = s (q - z) of each token, and its least and greatest values. */
export const fakeQuantActivationForward: RowKernel<
  "x" | "upper" | "lower" | "index" | "y" | "extremes"
> = rowKernel(
  "fake_quant_activation",
  `${source}\n${grid}`,
  ["x", "upper", "lower", "index", "y", "extremes"],
  "forward",
);

/** dx, and the gradients of each token's clips. */
export const fakeQuantActivationBackward: RowKernel<
  "x" | "upper" | "lower" | "index" | "seen" | "dy" | "dx" | "dclips"
> = rowKernel(
  "fake_quant_activation",
  `${source}\n${grid}`,
  ["x", "upper", "lower", "index", "seen", "dy", "dx", "dclips"],
  "backward",
);

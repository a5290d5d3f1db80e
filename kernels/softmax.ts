import { type RowKernel, rowKernel } from "./lib/rows.ts";
import source from "./softmax.wgsl" with { type: "text" };

/** y = softmax(x) of each row. */
export const softmaxForward: RowKernel<"x" | "y"> = rowKernel(
  "softmax",
  source,
  ["x", "y"],
  "forward",
);

/** dx = y (dy - sum(dy y)) of each row; `seen` is y. */
export const softmaxBackward: RowKernel<"seen" | "dy" | "dx"> = rowKernel(
  "softmax",
  source,
  ["seen", "dy", "dx"],
  "backward",
);

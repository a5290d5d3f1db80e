import source from "./clip_gradient.wgsl" with { type: "text" };
import { type RowKernel, rowKernel } from "./lib/rows.ts";

/** Gradients of the clip logits from those of every token; a group a clip pair. */
export const clipGradient: RowKernel<
  "dclips" | "index" | "upper" | "lower" | "dupper" | "dlower"
> = rowKernel("clip_gradient", source, [
  "dclips",
  "index",
  "upper",
  "lower",
  "dupper",
  "dlower",
]);

import source from "./range_gradient.wgsl" with { type: "text" };
import { type RowKernel, rowKernel } from "./lib/rows.ts";

/** Gradients of the logits of learnt ranges from those of every token; a workgroup a pair. */
export const rangeGradient: RowKernel<
  "dranges" | "index" | "upper" | "lower" | "dupper" | "dlower"
> = rowKernel("range_gradient", source, [
  "dranges",
  "index",
  "upper",
  "lower",
  "dupper",
  "dlower",
]);

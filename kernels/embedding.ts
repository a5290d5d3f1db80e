import { type Kernel, kernel } from "../gpu/kernel.ts";
import source from "./embedding.wgsl" with { type: "text" };

/** y[t] = table[ids[t]]; a group a token. */
export const embeddingGather: Kernel<"table" | "ids" | "y"> = kernel(
  "embedding",
  source,
  ["table", "ids", "y"],
  "gather",
);

/** Adds the rows of dy into a table of zeros; a group a token. */
export const embeddingScatter: Kernel<"ids" | "dy" | "dtable"> = kernel(
  "embedding",
  source,
  ["ids", "dy", "dtable"],
  "scatter",
);

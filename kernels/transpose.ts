import { type Kernel, kernel } from "../gpu/kernel.ts";
import source from "./transpose.wgsl" with { type: "text" };

/** y = x^T of each batch; 32 x 32 values a group, batches along z. */
export const transpose: Kernel<"x" | "y"> = kernel(
  "transpose",
  source,
  ["x", "y"],
);

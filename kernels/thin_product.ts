import { type Kernel, kernel } from "../gpu/kernel.ts";
import source from "./thin_product.wgsl" with { type: "text" };

/** The upper left part of y = a b; 64 numbers of it a group. */
export const thinProduct: Kernel<"a" | "b" | "y"> = kernel(
  "thin_product",
  source,
  ["a", "b", "y"],
);

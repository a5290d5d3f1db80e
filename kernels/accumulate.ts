import { type Kernel, kernel } from "../gpu/kernel.ts";
import source from "./accumulate.wgsl" with { type: "text" };

/** c = a + b; 256 elements a group. */
export const accumulate: Kernel<"a" | "b" | "c"> = kernel(
  "accumulate",
  source,
  ["a", "b", "c"],
);

import { type Kernel, kernel } from "../gpu/kernel.ts";
import source from "./ring.wgsl" with { type: "text" };

/** ring[slot] = [loss, ...stats]; one workgroup. */
export const ringWrite: Kernel<"loss" | "stats" | "slot" | "ring"> = kernel(
  "ring",
  source,
  ["loss", "stats", "slot", "ring"],
);

import { type Kernel, kernel } from "../gpu/kernel.ts";
import source from "./adamw.wgsl" with { type: "text" };
import group from "./lib/optimizer_group.wgsl" with { type: "text" };

type State = "w" | "g" | "m" | "v" | "groups" | "stats";

/** One step of AdamW over a chunk; LANES x walk vec4s a workgroup. */
export const adamw: Kernel<State> = kernel(
  "adamw",
  `${source}\n${group}`,
  ["w", "g", "m", "v", "groups", "stats"],
  "update",
);

/** The update with a moving average of the weights. */
export const adamwEma: Kernel<State | "ema"> = kernel(
  "adamw",
  `${source}\n${group}`,
  ["w", "g", "m", "v", "groups", "stats", "ema"],
  "update_ema",
);

import { type Kernel, kernel } from "../gpu/kernel.ts";
import source from "./arena.wgsl" with { type: "text" };

/** y = x; 1024 elements a group. */
export const copy: Kernel<"x" | "y"> = kernel(
  "arena",
  source,
  ["x", "y"],
  "copy",
);

/** y = 0. */
export const zero: Kernel<"y"> = kernel("arena", source, ["y"], "zero");

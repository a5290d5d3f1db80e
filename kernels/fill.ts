import { type Kernel, kernel } from "../gpu/kernel.ts";
import source from "./fill.wgsl" with { type: "text" };

/** y = one word everywhere. */
export const fill: Kernel<"y"> = kernel("fill", source, ["y"]);

import { type Kernel, kernel } from "../gpu/kernel.ts";
import source from "./resize.wgsl" with { type: "text" };

/** The last two axes cut or padded with zeros; 256 values of y a group. */
export const resize: Kernel<"x" | "y"> = kernel("resize", source, ["x", "y"]);

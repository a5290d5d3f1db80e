import { type Kernel, kernel } from "../gpu/kernel.ts";
import source from "./gelu.wgsl" with { type: "text" };

/** y = gelu(x); 256 elements a group; constant TANH_FORM chooses the form. */
export const geluForward: Kernel<"x" | "y"> = kernel(
  "gelu",
  source,
  ["x", "y"],
  "forward",
);

/** dx = dy gelu'(x). */
export const geluBackward: Kernel<"x" | "dy" | "dx"> = kernel(
  "gelu",
  source,
  ["x", "dy", "dx"],
  "backward",
);

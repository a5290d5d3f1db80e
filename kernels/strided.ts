import { type Kernel, kernel } from "../gpu/kernel.ts";
import walk from "./lib/strided_walk.wgsl" with { type: "text" };
import items from "./strided.wgsl" with { type: "text" };

const source = `${items}\n${walk}`;

/** y = x along strides, in vectors of four words. */
export const copy4: Kernel<"x4" | "y4"> = kernel(
  "strided",
  source,
  ["x4", "y4"],
  "copy4",
);

/** y = x along strides, word by word. */
export const copy1: Kernel<"x1" | "y1"> = kernel(
  "strided",
  source,
  ["x1", "y1"],
  "copy1",
);

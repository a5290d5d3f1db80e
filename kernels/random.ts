import { type Kernel, kernel } from "../gpu/kernel.ts";
import source from "./random.wgsl" with { type: "text" };

/** Words of Philox from a key and counter; 1024 words a group. */
export const randomWords: Kernel<"draw" | "words"> = kernel(
  "random",
  source,
  ["draw", "words"],
  "integers",
);

/** Standard normals of the same words; 1024 numbers a group. */
export const randomNormals: Kernel<"draw" | "y"> = kernel(
  "random",
  source,
  ["draw", "y"],
  "normals",
);

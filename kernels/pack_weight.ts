import { type Kernel, kernel } from "../gpu/kernel.ts";
import source from "./pack_weight.wgsl" with { type: "text" };

/** packed = codes as a bit stream a row; 64 words a group. */
export const packCodes: Kernel<"codes" | "packed"> = kernel(
  "pack_weight",
  source,
  ["codes", "packed"],
  "pack",
);

/** outputs = what a product needs to know of each row; 64 rows a group. */
export const describeRows: Kernel<
  "words" | "scale" | "zero" | "bias" | "outputs"
> = kernel(
  "pack_weight",
  source,
  ["words", "scale", "zero", "bias", "outputs"],
  "describe",
);

/** y = s (q - z); 64 weights a group. */
export const unpackCodes: Kernel<"words" | "scale" | "zero" | "y"> = kernel(
  "pack_weight",
  source,
  ["words", "scale", "zero", "y"],
  "unpack",
);

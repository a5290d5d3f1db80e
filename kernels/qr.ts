import { type RowKernel, rowKernel } from "./lib/rows.ts";
import source from "./qr.wgsl" with { type: "text" };

/** Reflections and R of each chunk of x; [chunks, matrices] workgroups. */
export const qrFactor: RowKernel<"x" | "made" | "r"> = rowKernel(
  "qr",
  source,
  ["x", "made", "r"],
  "factor",
);

/** Q from the reflections w and the Q of what they left; [chunks, matrices, vectors / walk]. */
export const qrForm: RowKernel<"w" | "inner" | "q"> = rowKernel(
  "qr",
  source,
  ["w", "inner", "q"],
  "form",
);

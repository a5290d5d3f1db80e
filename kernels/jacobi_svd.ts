import { type RowKernel, rowKernel } from "./lib/rows.ts";
import factors from "./jacobi_factors.wgsl" with { type: "text" };
import resident from "./jacobi_resident.wgsl" with { type: "text" };
import load from "./jacobi_load.wgsl" with { type: "text" };
import sweep from "./jacobi_svd.wgsl" with { type: "text" };

/** found = the largest number of each vector of x. */
export const jacobiPeak: RowKernel<"x" | "found"> = rowKernel(
  "jacobi_load",
  load,
  ["x", "found"],
  "peak",
);

/** rows = scaled vectors of x, units = unit matrices. */
export const jacobiLoad: RowKernel<
  "x" | "peaks" | "rows" | "units" | "pending"
> = rowKernel(
  "jacobi_load",
  load,
  ["x", "peaks", "rows", "units", "pending"],
  "load",
);

/** Turns pairs of vectors; [shares of a round, matrices] workgroups. */
export const jacobiSweep: RowKernel<"rows" | "pending"> = rowKernel(
  "jacobi_svd",
  sweep,
  ["rows", "pending"],
  "sweep",
);

/** Turns the pairs of short vectors from `start` on; a matrix a workgroup. */
export const jacobiResident: RowKernel<"rows" | "pending"> = rowKernel(
  "jacobi_resident",
  resident,
  ["rows", "pending"],
  "sweep",
);

/** found = the length of the vector of each row. */
export const jacobiMeasure: RowKernel<"rows" | "found"> = rowKernel(
  "jacobi_factors",
  factors,
  ["rows", "found"],
  "measure",
);

/** Vectors, rotations and s in descending order of the norms. */
export const jacobiWrite: RowKernel<
  "rows" | "units" | "norms" | "vectors" | "rotations" | "s"
> = rowKernel(
  "jacobi_factors",
  factors,
  ["rows", "units", "norms", "vectors", "rotations", "s"],
  "write",
);

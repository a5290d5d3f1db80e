import { type Kernel, kernel } from "../gpu/kernel.ts";
import subgroup from "./matmul_subgroup.wgsl" with { type: "text" };
import tiled from "./matmul_tiled.wgsl" with { type: "text" };

/** y = x w^T + bias, [M,K] x [N,K] -> [M,N]; choose the form with `tileFor`. */
export type Matmul = Kernel<"x" | "w" | "bias" | "y">;

/** A subgroup is a workgroup; needs a fixed subgroup width. */
export const matmulSubgroup: Matmul = kernel(
  "matmul_subgroup",
  subgroup,
  ["x", "w", "bias", "y"],
);

/** Through workgroup memory; needs nothing. */
export const matmulTiled: Matmul = kernel(
  "matmul_tiled",
  tiled,
  ["x", "w", "bias", "y"],
);

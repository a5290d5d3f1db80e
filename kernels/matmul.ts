import { type Kernel, kernel } from "../gpu/kernel.ts";
import activation from "./lib/activation.wgsl" with { type: "text" };
import epilogue from "./lib/product_epilogue.wgsl" with { type: "text" };
import store from "./lib/product_store.wgsl" with { type: "text" };
import storeHalf from "./lib/product_store_half.wgsl" with { type: "text" };
import outer from "./matmul_outer.wgsl" with { type: "text" };
import subgroup from "./matmul_subgroup.wgsl" with { type: "text" };
import tiled from "./matmul_tiled.wgsl" with { type: "text" };

type Names = "x" | "w" | "bias" | "gate" | "residual" | "y";

const NAMES = ["x", "w", "bias", "gate", "residual", "y"] as const;

/** y = residual + gate activation(x w^T + bias), [M,K] x [N,K] -> [M,N], by what it stores. */
export interface Matmul {
  /** y as f32. */
  readonly plain: Kernel<Names>;
  /** y as f16. */
  readonly half: Kernel<Names>;
}

function forms(label: string, source: string): Matmul {
  const whole = (stored: string) =>
    [source, epilogue, activation, stored].join("\n");
  return {
    plain: kernel(label, whole(store), NAMES),
    half: kernel(label, whole(storeHalf), NAMES),
  };
}

/** A subgroup is a workgroup; needs a fixed subgroup width. */
export const matmulSubgroup: Matmul = forms("matmul_subgroup", subgroup);

/** The same of x [K, M] and w [K, N]: y = residual + gate activation(x^T w + bias). */
export const matmulOuter: Matmul = forms("matmul_outer", outer);

/** Through workgroup memory; needs nothing. */
export const matmulTiled: Matmul = forms("matmul_tiled", tiled);

/** What lib/activation.wgsl calls the activations. */
export const ACTIVATIONS = { none: 0, gelu: 1, silu: 2 } as const;

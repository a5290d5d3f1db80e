import { type Kernel, kernel } from "../gpu/kernel.ts";
import vec4 from "./lib/element_vec4.wgsl" with { type: "text" };
import pairs from "./lib/pairs_vec4.wgsl" with { type: "text" };
import subgroup from "./lib/rows_subgroup.wgsl" with { type: "text" };
import workgroup from "./lib/rows_workgroup.wgsl" with { type: "text" };
import source from "./norm_rope.wgsl" with { type: "text" };

type Names = "x" | "gain" | "shift" | "cosine" | "sine" | "y" | "stats";

function form(rows: string): Kernel<Names> {
  return kernel(
    "norm_rope",
    [source, rows, vec4, pairs].join("\n"),
    ["x", "gain", "shift", "cosine", "sine", "y", "stats"],
  );
}

/** A norm over rows of whole heads, whose pairs then turn; heads of a multiple of 4 columns. */
export const normRope: Kernel<Names> = form(subgroup);

/** The same without subgroups. */
export const normRopePlain: Kernel<Names> = form(workgroup);

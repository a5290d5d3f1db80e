import { type Kernel, kernel } from "../gpu/kernel.ts";
import vec2 from "./lib/pairs_vec2.wgsl" with { type: "text" };
import vec4 from "./lib/pairs_vec4.wgsl" with { type: "text" };
import source from "./rope.wgsl" with { type: "text" };

type Names = "x" | "cosine" | "sine" | "y";

function form(pairs: string): Kernel<Names> {
  return kernel("rope", `${source}\n${pairs}`, ["x", "cosine", "sine", "y"]);
}

/** y = x with its pairs turned by the tables, one pair a step. */
export const ropePairs: Kernel<Names> = form(vec2);

/** y = x with its pairs turned by the tables, two pairs a step. */
export const ropeWide: Kernel<Names> = form(vec4);

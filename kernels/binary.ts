import { type Kernel, kernel } from "../gpu/kernel.ts";
import walk from "./lib/strided_walk.wgsl" with { type: "text" };
import items from "./binary.wgsl" with { type: "text" };

const source = `${items}\n${walk}`;

/** Values of the constant OP, and so the functions there are. */
export const BINARY = {
  add: 0,
  sub: 1,
  mul: 2,
  div: 3,
  maximum: 4,
  share: 5,
  equal: 6,
  keep: 7,
  drop: 8,
} as const;

/** y = f(a, b) in vectors of four. */
export const binary4: Kernel<"a4" | "b4" | "y4"> = kernel(
  "binary",
  source,
  ["a4", "b4", "y4"],
  "binary4",
);

/** y = f(a, b) element by element. */
export const binary1: Kernel<"a1" | "b1" | "y1"> = kernel(
  "binary",
  source,
  ["a1", "b1", "y1"],
  "binary1",
);

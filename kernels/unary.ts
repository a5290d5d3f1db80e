import { type Kernel, kernel } from "../gpu/kernel.ts";
import source from "./unary.wgsl" with { type: "text" };

/** Values of the constant OP, and so the functions there are. */
export const UNARY = {
  silu: 0,
  sigmoid: 1,
  tanh: 2,
  relu: 3,
  exp: 4,
  log: 5,
  sqrt: 6,
  rsqrt: 7,
  square: 8,
  reciprocal: 9,
  abs: 10,
  pow: 11,
  clamp: 12,
  round: 13,
  scale: 14,
  addScalar: 15,
  geluTanh: 16,
  geluErf: 17,
} as const;

/** y = f(x) for sizes that are multiples of four; streams vectors. */
export const forward4: Kernel<"x4" | "y4"> = kernel(
  "unary",
  source,
  ["x4", "y4"],
  "forward4",
);

/** y = f(x) for any size; streams elements. */
export const forward1: Kernel<"x1" | "y1"> = kernel(
  "unary",
  source,
  ["x1", "y1"],
  "forward1",
);

/** y = dy f'(x) for sizes that are multiples of four; streams vectors. */
export const backward4: Kernel<"x4" | "dy4" | "y4"> = kernel(
  "unary",
  source,
  ["x4", "dy4", "y4"],
  "backward4",
);

/** y = dy f'(x) for any size; streams elements. */
export const backward1: Kernel<"x1" | "dy1" | "y1"> = kernel(
  "unary",
  source,
  ["x1", "dy1", "y1"],
  "backward1",
);

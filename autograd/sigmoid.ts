import type { Tensor } from "./tensor.ts";
import { unary } from "./unary.ts";

/** 1 / (1 + exp(-x)) of every element. */
export function sigmoid(x: Tensor): Tensor {
  return unary("sigmoid", x);
}

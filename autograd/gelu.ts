import type { Tensor } from "./tensor.ts";
import { unary } from "./unary.ts";

/** GELU of every element: the tanh approximation, or `exact` with erf. */
export function gelu(x: Tensor, { exact = false } = {}): Tensor {
  return unary(exact ? "geluErf" : "geluTanh", x);
}

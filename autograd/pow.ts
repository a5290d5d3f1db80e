import type { Tensor } from "./tensor.ts";
import { unary } from "./unary.ts";

/** x^exponent of every element; x below zero needs a whole exponent. */
export function pow(x: Tensor, exponent: number): Tensor {
  const odd = Number.isInteger(exponent) ? Math.abs(exponent % 2) : -1;
  return unary("pow", x, exponent, odd);
}

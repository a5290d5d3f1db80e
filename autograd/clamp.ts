import type { Tensor } from "./tensor.ts";
import { unary } from "./unary.ts";

/** Every element moved into [low, high]; the gradient passes at the bounds themselves. */
export function clamp(x: Tensor, low: number, high: number): Tensor {
  if (!(low <= high)) {
    throw new RangeError(`Cannot clamp: ${low} to ${high} is no range`);
  }
  return unary("clamp", x, low, high);
}

import { gelu } from "./gelu.ts";
import { mul } from "./mul.ts";
import type { Tensor } from "./tensor.ts";

/** gelu(a) b in the tanh form: the gate of T5's feed-forward layers. */
export function geluGated(a: Tensor, b: Tensor): Tensor {
  return mul(gelu(a), b);
}

import { detach } from "./op.ts";
import type { Tensor } from "./tensor.ts";
import { unary } from "./unary.ts";

/** Every element rounded, ties to even; no gradient flows, for it is zero everywhere. */
export function round(x: Tensor): Tensor {
  return detach(unary("round", x));
}

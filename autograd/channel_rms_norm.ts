import { rmsNorm } from "./norm.ts";
import type { Tensor } from "./tensor.ts";

/** x / max(|x|, 1e-12) sqrt(C) gamma over the channels: x [..., C], gamma [C]. */
export function channelRmsNorm(x: Tensor, gamma: Tensor): Tensor {
  // The bound of the length as an epsilon of the mean square; f32 sees no difference.
  return rmsNorm(x, { weight: gamma, eps: 1e-24 / x.dim(-1) });
}

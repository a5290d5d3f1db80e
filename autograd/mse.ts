import { mean } from "./mean.ts";
import { reshape } from "./op.ts";
import { square } from "./square.ts";
import { sub } from "./sub.ts";
import type { Tensor } from "./tensor.ts";

/** The mean of (y - target)^2 over all elements, of shape [1]. */
export function mse(y: Tensor, target: Tensor): Tensor {
  return reshape(mean(square(sub(y, target))), [1]);
}

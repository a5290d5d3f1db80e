import {
  detach,
  differentiable,
  gradientsOf,
  leavesOf,
  tapeLength,
} from "./op.ts";
import type { Tensor } from "./tensor.ts";

/**
 * f(...inputs) without keeping what it computes inside: the backward pass
 * emits `f` again. Saves the memory of activations for the price of a second
 * forward. Gradients reach the inputs and whatever else `f` uses (parameters,
 * tensors from outside); `f` must do the same each time it is called.
 *
 * @example
 * ```ts
 * import {
 *   fromArray,
 *   gelu,
 *   gradients,
 *   mul,
 *   openGpu,
 *   record,
 * } from "@qvgen/qvgen";
 * import { checkpoint } from "@qvgen/qvgen/autograd";
 *
 * using gpu = await openGpu();
 * const [x, w] = [fromArray(gpu, [2], [3, 0]), fromArray(gpu, [2], [1, 2])];
 * using plan = await record(gpu, () => {
 *   const y = checkpoint((x) => gelu(mul(x, w)), [x]);
 *   const [dw] = gradients(y, fromArray(gpu, [2], [1, 1]), [w]);
 *   return dw!.keep();
 * });
 * plan.run();
 * console.log(await plan.result.read(gpu)); // near [3, 0]
 * ```
 */
export function checkpoint<Inputs extends readonly Tensor[]>(
  f: (...inputs: Inputs) => Tensor,
  inputs: Inputs,
): Tensor {
  const first = tapeLength();
  const y = f(...inputs);
  const leaves = leavesOf(y, first);
  return differentiable(detach(y), leaves, (dy) => {
    const again = tapeLength();
    return gradientsOf([f(...inputs)], [dy], leaves, again);
  });
}

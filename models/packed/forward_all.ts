import type { Tensor } from "../../autograd/tensor.ts";
import type { LinearLayer } from "../linears/linear.ts";
import { PackedLinear } from "../linears/packed_linear.ts";

/**
 * The results of several linears for the same x [..., inputs], in their order;
 * packed ones read and quantise x together.
 */
export function forwardAll<const T extends readonly LinearLayer[]>(
  x: Tensor,
  layers: T,
): { [I in keyof T]: Tensor };
export function forwardAll(
  x: Tensor,
  layers: readonly LinearLayer[],
): Tensor[] {
  const packed = layers.filter((layer) => layer instanceof PackedLinear);
  return packed.length === layers.length
    ? PackedLinear.forwardAll(x, packed)
    : layers.map((layer) => layer.forward(x));
}

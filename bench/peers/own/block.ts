import type { Gpu } from "../../../gpu/mod.ts";
import {
  attention,
  fromArray,
  layerNormModulate,
  linear,
  reshape,
  type Tensor,
} from "../../../autograd/mod.ts";
import { BLOCK, values } from "../sizes.ts";

const { tokens, dim, heads, ffn } = BLOCK;

/** A linear layer of the block, in whatever precision it is kept. */
export type Layer = (x: Tensor, extras?: {
  readonly activation?: "gelu";
  readonly gate?: Tensor;
  readonly residual?: Tensor;
}) => Tensor;

/** The six layers in the order q, k, v, o, up, down: [outputs, inputs] of each. */
export const LAYERS: readonly (readonly [number, number])[] = [
  [dim, dim],
  [dim, dim],
  [dim, dim],
  [dim, dim],
  [ffn, dim],
  [dim, ffn],
];

/** The block's input [1, T, D] and its six modulations [1, D]. */
export function blockInputs(gpu: Gpu): { x: Tensor; mods: Tensor[] } {
  return {
    x: fromArray(gpu, [1, tokens, dim], values(tokens * dim)),
    mods: LAYERS.map(() => fromArray(gpu, [1, dim], values(dim, 0.1))),
  };
}

/** The layers of a block; q, k and v read the same x. */
export interface Layers {
  readonly qkv: (x: Tensor) => readonly Tensor[];
  readonly o: Layer;
  readonly up: Layer;
  readonly down: Layer;
}

/** Layers that multiply by weights of floats. */
export function floatLayers(weights: readonly Tensor[]): Layers {
  const [q, k, v, o, up, down] = weights.map((weight): Layer => (x, extras) =>
    linear(x, weight, undefined, extras)
  );
  return { qkv: (x) => [q!(x), k!(x), v!(x)], o: o!, up: up!, down: down! };
}

/** Modulated attention and feed-forward with gated residuals. */
export function block(
  x: Tensor,
  { qkv, o, up, down }: Layers,
  [scale1, shift1, gate1, scale2, shift2, gate2]: readonly Tensor[],
): Tensor {
  const split = (z: Tensor) => reshape(z, [1, tokens, heads, dim / heads]);
  const normed = layerNormModulate(x, shift1!, scale1!, 1e-6);
  const [q, k, v] = qkv(normed).map(split);
  const attended = attention(q!, k!, v!);
  const joined = reshape(attended, [1, tokens, dim]);
  const middle = o(joined, { gate: gate1!, residual: x });
  const h = layerNormModulate(middle, shift2!, scale2!, 1e-6);
  const wide = up(h, { activation: "gelu" });
  return down(wide, { gate: gate2!, residual: middle });
}

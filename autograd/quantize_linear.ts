import { type Bits, formatBits, parseBits } from "../core/bits.ts";
import { weightCodes } from "./fake_quant_weight.ts";
import { type PackedCodes, packWeight, unpackWeight } from "./pack_weight.ts";
import {
  type PackedLayer,
  packedLayer,
  packedLinear,
  type PackedLinearOptions,
} from "./packed_linear.ts";
import type { Tensor } from "./tensor.ts";
import { weightRange } from "./weight_range.ts";

/** How a linear layer is quantised after its training. */
export interface QuantizeLinearOptions {
  /** b, [N]. */
  readonly bias?: Tensor | undefined;
  /** `mse`, the default, searches the range with the least error, `minmax` takes all of it. */
  readonly range?: "mse" | "minmax";
  /** Inputs that share a scale and zero, a multiple of 32 that divides them; all without. */
  readonly groupSize?: number;
  /** Factor of each token's range; default 1, all of it. */
  readonly rangeRatio?: number;
}

/** A linear layer on codes, and what it is made of: see {@link quantizeLinear}. */
export class QuantizedLinear implements Disposable {
  /** The codes of a weight, what they stand for, and the layer of both. */
  constructor(
    readonly codes: PackedCodes,
    /** s of each output, or of each group of its inputs. */
    readonly scale: Tensor,
    /** z, likewise. */
    readonly zero: Tensor,
    /** What `packedLinear` takes. */
    readonly layer: PackedLayer,
  ) {}

  /** The codes in words, u32 [N, ceil(K bits / 32)], as checkpoints store them. */
  get qweight(): Tensor {
    return this.codes.qweight;
  }

  /** x [B, ..., K] -> Q(x) Q(W)^T + b, [B, ..., N], and what is to follow. No gradient. */
  forward(x: Tensor, options?: PackedLinearOptions): Tensor {
    return packedLinear(x, this.layer, options);
  }

  /** Q(W) as floats, s (q - z), [N, K]. */
  weight(): Tensor {
    return unpackWeight(this.codes, this);
  }

  /** Keeps its tensors, so that other plans can apply it and they can be read. */
  keep(): this {
    for (const tensor of this.#tensors()) tensor.keep();
    return this;
  }

  /** Gives back what was kept; a bias stays. */
  [Symbol.dispose](): void {
    for (const tensor of this.#tensors()) tensor.dispose();
  }

  #tensors(): Tensor[] {
    return [this.qweight, this.scale, this.zero, this.layer.outputs];
  }
}

/**
 * Quantises a linear layer of weight W [N, K], round to nearest, to codes that
 * `forward` computes with: a scale and zero each output, each token of x by its
 * own range. `bits`: 2 to 8 for weights and activations alike, or `W4A8` and
 * the like. No gradient. RangeError for a groupSize that does not divide K,
 * InputError for other bits.
 *
 * @example
 * ```ts
 * import { fromArray, openGpu, quantizeLinear, record } from "@qvgen/qvgen";
 *
 * using gpu = await openGpu();
 * const W = fromArray(gpu, [2, 3], [0.5, -1, 0.25, 1, 0, -0.5]);
 * const x = fromArray(gpu, [1, 3], [1, 2, 3]);
 * using plan = await record(gpu, () => {
 *   const quantized = quantizeLinear(W, 8).keep();
 *   return { quantized, y: quantized.forward(x).keep() };
 * });
 * plan.run();
 * console.log(await plan.result.y.read(gpu)); // near [-0.75, -0.5]
 *
 * using quantized = plan.result.quantized; // on to other plans
 * using weight = await record(gpu, () => quantized.weight().keep());
 * weight.run();
 * console.log(await weight.result.read(gpu)); // near W
 * ```
 */
export function quantizeLinear(
  W: Tensor,
  bits: number | string | Bits,
  options: QuantizeLinearOptions = {},
): QuantizedLinear {
  const { bias, range = "mse", groupSize, rangeRatio = 1 } = options;
  const { weights, activations } = parseBits(
    typeof bits === "object" ? formatBits(bits) : String(bits),
  );
  if (W.shape.length !== 2) {
    throw new RangeError(
      `Cannot quantise [${W.shape}]: quantizeLinear takes a weight [N, K]`,
    );
  }
  const group = groupSize === undefined ? {} : { group: groupSize };
  const grid = weightRange(W, { bits: weights, range, ...group });
  const codes = packWeight(
    weightCodes(W, { ...grid, bits: weights }),
    weights,
    groupSize,
  );
  const activation = { bits: activations, rangeRatio };
  const layer = packedLayer(codes, { ...grid, bias }, activation);
  return new QuantizedLinear(codes, grid.scale, grid.zero, layer);
}

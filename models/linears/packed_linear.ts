import type { FakeQuantActivationOptions } from "../../autograd/fake_quant_activation.ts";
import {
  describeOutputs,
  type PackedCodes,
  unpackWeight,
} from "../../autograd/pack_weight.ts";
import {
  type PackedLayer,
  packedLinear,
  type PackedLinearOptions,
  packedLinears,
} from "../../autograd/packed_linear.ts";
import { joinRanges } from "../../autograd/quantize_tokens.ts";
import type { Tensor } from "../../autograd/tensor.ts";
import { wordsPerRow } from "../../core/packing.ts";
import { type Linear, LinearLayer } from "./linear.ts";
import { Parameter } from "../module.ts";
import type { QuantContext } from "../quant/context.ts";
import {
  groupsOf,
  type QuantizationConfig,
  rowLayout,
} from "../packed/config.ts";

/** What all linears of a packed model share. */
export interface PackedSettings {
  readonly quantization: QuantizationConfig;
  readonly context: QuantContext;
}

/** A linear as a packed checkpoint stores it, run on integers: codes by codes. */
export class PackedLinear extends LinearLayer {
  /** Codes of the weight, u32 [outputs, words]. */
  readonly qweight: Parameter;
  readonly scale: Parameter;
  readonly zero: Parameter;
  readonly bias: Parameter | null;
  readonly clip_upper: Parameter | null;
  readonly clip_lower: Parameter | null;
  readonly #codes: PackedCodes;
  readonly #settings: PackedSettings;
  #outputs: Tensor | undefined;
  #ranges: Tensor | undefined;

  constructor({ inputs, outputs, bias }: Linear, settings: PackedSettings) {
    super();
    const { quantization } = settings;
    const layout = rowLayout(quantization, inputs);
    const shape = [outputs, wordsPerRow(layout)];
    const { groups: ranges } = quantization.activation_clips;
    const logits = () => ranges > 0 ? new Parameter([ranges], "clip") : null;
    this.qweight = new Parameter(shape, "weight", "u32");
    const scales = groupsOf(quantization, inputs);
    const grid = scales === 1 ? [outputs] : [outputs, scales];
    this.scale = new Parameter(grid, "scale");
    this.zero = new Parameter(grid, "scale");
    this.bias = bias ? new Parameter([outputs]) : null;
    this.clip_upper = logits();
    this.clip_lower = logits();
    const { group_size: groupSize } = quantization;
    this.#codes = { qweight: this.qweight, groupSize, ...layout };
    this.#settings = settings;
  }

  /** How the input is quantised: by the ranges of the batch set on the context. */
  get activations(): FakeQuantActivationOptions {
    const { quantization, context } = this.#settings;
    const { clip_upper: upper, clip_lower: lower } = this;
    return {
      bits: quantization.activation_bits,
      rangeRatio: quantization.activation_clips.ratio,
      ...(upper && lower && { ranges: { upper, lower, index: context.index } }),
    };
  }

  /** Emits what every forward needs and no file stores, among it the sums of the codes' rows. */
  emitRowSums(): void {
    const { scale, zero, bias, clip_upper: upper, clip_lower: lower } = this;
    const grid = { scale, zero, bias: bias ?? undefined };
    this.#outputs = describeOutputs(this.#codes, grid).keep();
    if (upper && lower) this.#ranges = joinRanges({ upper, lower }).keep();
  }

  /** Emits the weight as floats, [outputs, inputs]. */
  emitWeight(): Tensor {
    return unpackWeight(this.#codes, this);
  }

  /** x [B, ..., inputs] -> [B, ..., outputs], and what is to follow the product. */
  override forward(x: Tensor, options?: PackedLinearOptions): Tensor {
    return packedLinear(x, this.#ready(), options);
  }

  /** The results of several layers for the same x, quantised in one pass. */
  static forwardAll(x: Tensor, layers: readonly PackedLinear[]): Tensor[] {
    return packedLinears(x, layers.map((layer) => layer.#ready()));
  }

  /** The layer, with the range index of the batch set on the context. */
  #ready(): PackedLayer {
    const [outputs, logits] = [this.#outputs, this.#ranges];
    if (!outputs) {
      throw new Error("Cannot run a packed linear: its rows were not summed");
    }
    const { quantization: config, context } = this.#settings;
    const tokens = {
      bits: config.activation_bits,
      rangeRatio: config.activation_clips.ratio,
      ...(logits && { ranges: { logits, index: context.index } }),
    };
    return { ...this.#codes, outputs, tokens };
  }

  override *derived(): Iterable<Tensor> {
    if (this.#outputs) yield this.#outputs;
    if (this.#ranges) yield this.#ranges;
  }
}

import type { FakeQuantActivationOptions } from "../../autograd/fake_quant_activation.ts";
import {
  codeSums,
  type PackedCodes,
  unpackWeight,
} from "../../autograd/pack_weight.ts";
import { packedLinear } from "../../autograd/packed_linear.ts";
import type { Tensor } from "../../autograd/tensor.ts";
import { wordsPerRow } from "../../core/packing.ts";
import type { Gpu } from "../../gpu/device.ts";
import { type Linear, LinearLayer } from "../linear.ts";
import { Parameter } from "../module.ts";
import type { QuantContext } from "../quant/context.ts";
import { type QuantizationConfig, rowLayout } from "./config.ts";

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
  #rowSums: Tensor | undefined;

  constructor({ inputs, outputs, bias }: Linear, settings: PackedSettings) {
    super();
    const { quantization } = settings;
    const layout = rowLayout(quantization, inputs);
    const shape = [outputs, wordsPerRow(layout)];
    const { groups } = quantization.activation_clips;
    const clip = () => groups > 0 ? new Parameter([groups], "clip") : null;
    this.qweight = new Parameter(shape, "weight", "u32");
    this.scale = new Parameter([outputs], "scale");
    this.zero = new Parameter([outputs], "scale");
    this.bias = bias ? new Parameter([outputs]) : null;
    this.clip_upper = clip();
    this.clip_lower = clip();
    this.#codes = { qweight: this.qweight, ...layout };
    this.#settings = settings;
  }

  /** How the input is quantised: by the clips of the batch set on the context. */
  get activations(): FakeQuantActivationOptions {
    const { quantization, context } = this.#settings;
    const { clip_upper: upper, clip_lower: lower } = this;
    return {
      bits: quantization.activation_bits,
      clipRatio: quantization.activation_clips.ratio,
      ...(upper && lower && { clips: { upper, lower, index: context.index } }),
    };
  }

  /** Emits the sums of the codes' rows, which every forward needs and no file stores. */
  emitRowSums(): void {
    this.#rowSums = codeSums(this.#codes).keep();
  }

  /** Emits the weight as floats, [outputs, inputs]. */
  emitWeight(): Tensor {
    return unpackWeight(this.#codes, this);
  }

  override forward(x: Tensor): Tensor {
    if (!this.#rowSums) {
      throw new Error("Cannot run a packed linear: its rows were not summed");
    }
    const { scale, zero, bias } = this;
    const rowSums = this.#rowSums;
    return packedLinear(
      x,
      { ...this.#codes, scale, zero, rowSums, ...(bias && { bias }) },
      this.activations,
    );
  }

  /** Gives the memory of the codes back; biases and clips stay. */
  disposeCodes(gpu: Gpu): void {
    for (const t of [this.qweight, this.scale, this.zero]) t.dispose(gpu);
  }
}

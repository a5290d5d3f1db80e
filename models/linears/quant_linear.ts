import { fakeQuantActivation } from "../../autograd/fake_quant_activation.ts";
import { fakeQuantWeight } from "../../autograd/fake_quant_weight.ts";
import { linear } from "../../autograd/linear.ts";
import type { Epilogue } from "../../autograd/linear_epilogue.ts";
import type { Tensor } from "../../autograd/tensor.ts";
import type { Bits } from "../../core/bits.ts";
import type { Linear } from "./linear.ts";
import { LinearLayer } from "./linear.ts";
import { Module, Parameter } from "../module.ts";
import type { QuantContext, RangeSettings } from "../quant/context.ts";

/** How a linear is quantised in training. */
export interface QuantSettings {
  /** Bits of weights and activations. */
  readonly bits: Bits;
  /** First rank of Phi; a layer smaller than it starts at its own size, 0 has none. */
  readonly rank: number;
  /** The learnt ranges of activations. */
  readonly ranges: RangeSettings;
  /** What all quantised linears of a network share. */
  readonly context: QuantContext;
}

class WeightQuantizer extends Module {
  readonly scale: Parameter;
  readonly zero_point: Parameter;
  readonly L: Parameter | null;
  readonly R: Parameter | null;

  constructor(inputs: number, outputs: number, rank: number) {
    super();
    this.scale = new Parameter([outputs, 1], "scale");
    this.zero_point = new Parameter([outputs, 1], "scale");
    this.L = rank > 0 ? new Parameter([outputs, rank], "low_rank") : null;
    this.R = rank > 0 ? new Parameter([rank, inputs], "low_rank") : null;
  }
}

class ActivationQuantizer extends Module {
  readonly upper: Parameter;
  readonly lower: Parameter;

  constructor(count: number) {
    super();
    this.upper = new Parameter([count], "clip");
    this.lower = new Parameter([count], "clip");
  }
}

/**
 * A linear in quantisation-aware training (Eq. 13): y = (Q(W) + (L diag(gamma))
 * R) Q(x) + b, with LSQ+ weights per output channel and dynamic activations per
 * token whose range has learnt ranges. Names are those of QVGen's checkpoints.
 *
 * @example
 * ```ts
 * import { Linear, parameters } from "@qvgen/qvgen";
 * import {
 *   parseBits,
 *   QuantContext,
 *   QuantLinear,
 *   replaceModules,
 * } from "@qvgen/qvgen/models";
 *
 * const model = { up: new Linear(8, 32), down: new Linear(32, 8) };
 * const settings = {
 *   bits: parseBits("W4A4"),
 *   rank: 4,
 *   ranges: { count: 10, ratio: 0.95 },
 *   context: new QuantContext(),
 * };
 * replaceModules(Linear, model, (_, plain) => new QuantLinear(plain, settings));
 * const names = [...parameters(model)].map(([name]) => name);
 * console.log(names); // up.w, up.b, up.wquantizer.scale, ...
 * ```
 */
export class QuantLinear extends LinearLayer {
  /** W, [outputs, inputs]. */
  readonly w: Parameter;
  /** b, [outputs], or null. */
  readonly b: Parameter | null;
  /** @internal */
  readonly wquantizer: WeightQuantizer;
  /** @internal */
  readonly aquantizer: ActivationQuantizer;
  readonly #settings: QuantSettings;

  /** Takes the place of a plain linear, without values. */
  constructor(plain: Linear, settings: QuantSettings) {
    super();
    const { inputs, outputs, bias } = plain;
    this.#settings = settings;
    this.w = new Parameter([outputs, inputs]);
    this.b = bias ? new Parameter([outputs]) : null;
    this.wquantizer = new WeightQuantizer(
      inputs,
      outputs,
      Math.min(settings.rank, inputs, outputs),
    );
    this.aquantizer = new ActivationQuantizer(settings.ranges.count);
    settings.context.declare(this.rank);
  }

  /** Bits of weights and activations. */
  get bits(): Bits {
    return this.#settings.bits;
  }

  /** The rank that Phi starts with, 0 without. */
  get rank(): number {
    return this.wquantizer.L?.dim(1) ?? 0;
  }

  /** x [B, ..., inputs] -> [B, ..., outputs]. */
  override forward(x: Tensor, ends?: Epilogue): Tensor {
    const { bits, ranges, context } = this.#settings;
    const { upper, lower } = this.aquantizer;
    const quantised = fakeQuantActivation(x, {
      bits: bits.activations,
      rangeRatio: ranges.ratio,
      ranges: { upper, lower, index: context.index },
    });
    return linear(quantised, this.#weight(), this.b ?? undefined, ends);
  }

  #weight(): Tensor {
    const { bits, context } = this.#settings;
    const { scale, zero_point: zero, L, R } = this.wquantizer;
    const gamma = context.gamma(this.rank);
    const lowRank = L && R && gamma ? { lowRank: { L, R, gamma } } : {};
    return fakeQuantWeight(this.w, {
      scale,
      zero,
      bits: bits.weights,
      scaleGradients: true,
      ...lowRank,
    });
  }
}

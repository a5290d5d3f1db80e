import { weightCodes } from "../autograd/fake_quant_weight.ts";
import { linear } from "../autograd/linear.ts";
import { reshape } from "../autograd/op.ts";
import {
  type PackedCodes,
  packWeight,
  unpackWeight,
} from "../autograd/pack_weight.ts";
import { fromArray, type Tensor } from "../autograd/tensor.ts";
import { weightRange } from "../autograd/weight_range.ts";
import type { Gpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { Linear, LinearLayer } from "./linear.ts";
import { checkFit, load, type LoadOptions, type TensorSource } from "./load.ts";
import { modulesOf, Parameter, parameters, replaceModules } from "./module.ts";

/** Weights of a row that share a scale and a zero; a row of another length shares one. */
const GROUP = 64;

/** The codes of a weight, and s and z of each of its groups: s (q - z). */
interface LowBitWeight {
  readonly packed: PackedCodes;
  readonly scale: Tensor;
  readonly zero: Tensor;
}

/**
 * A linear whose weight alone is quantised, group by group, to 4 or 8 bits. It
 * is widened to f32 for each product, in memory that layers share.
 */
export class LowBitLinear extends LinearLayer {
  readonly bias: Parameter | null;
  readonly #shape: readonly [outputs: number, inputs: number];
  #weight: LowBitWeight | undefined;

  constructor({ inputs, outputs, bias }: Linear, readonly bits: 4 | 8) {
    super();
    this.bias = bias ? new Parameter([outputs]) : null;
    this.#shape = [outputs, inputs];
  }

  /** Quantises the weight [outputs, inputs]; no more of it than its codes stays on the GPU. */
  async quantise(gpu: Gpu, weight: Float32Array): Promise<void> {
    const { bits } = this;
    const inputs = this.#shape[1];
    const group = inputs % GROUP === 0 ? GROUP : inputs;
    // Groups are rows of their own, so that each begins with a whole word.
    const w = fromArray(gpu, [weight.length / group, group], weight);
    using plan = await record(gpu, () => {
      const grid = weightRange(w, {
        bits,
        range: bits === 4 ? "mse" : "minmax",
      });
      const packed = packWeight(weightCodes(w, { ...grid, bits }), bits);
      for (const t of [packed.qweight, grid.scale, grid.zero]) t.keep();
      return { packed, ...grid };
    });
    plan.run();
    w.dispose(gpu);
    this.#weight = plan.result;
  }

  override forward(x: Tensor): Tensor {
    if (!this.#weight) {
      throw new Error("Cannot run a low-bit linear: it was not quantised");
    }
    const { packed, ...grid } = this.#weight;
    const weight = reshape(unpackWeight(packed, grid), this.#shape);
    return linear(x, weight, this.bias ?? undefined);
  }

  /** Gives the memory of the codes back; a bias stays. */
  dispose(gpu: Gpu): void {
    if (!this.#weight) return;
    const { packed: { qweight }, scale, zero } = this.#weight;
    for (const t of [qweight, scale, zero]) t.dispose(gpu);
    this.#weight = undefined;
  }
}

/**
 * Puts low-bit linears in the place of all linears of a model and uploads its
 * weights, quantising one linear's at a time. Throws InputError, before any
 * upload, if the tensors of the source do not fit the model.
 */
export async function loadLowBit(
  gpu: Gpu,
  model: object,
  source: TensorSource,
  bits: 4 | 8,
  { ignore = () => false }: LoadOptions = {},
): Promise<void> {
  checkFit(model, source, { ignore });
  replaceModules(Linear, model, (_, plain) => new LowBitLinear(plain, bits));
  const layers = [...modulesOf(LowBitLinear, model)];
  const quantised = new Set(layers.map(([name]) => `${name}.weight`));
  await load(gpu, model, source, {
    ignore: (name) => quantised.has(name) || ignore(name),
  });
  for (const [name, layer] of layers) {
    await layer.quantise(gpu, await source.readF32(`${name}.weight`));
  }
}

/** Gives back all that a model holds on the GPU: parameters, and codes of low-bit linears. */
export function disposeModel(gpu: Gpu, model: object): void {
  for (const [, parameter] of parameters(model)) parameter.dispose(gpu);
  for (const [, layer] of modulesOf(LowBitLinear, model)) layer.dispose(gpu);
}

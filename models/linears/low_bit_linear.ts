import { concat, slice } from "../../autograd/slices.ts";
import { weightCodes } from "../../autograd/fake_quant_weight.ts";
import { linear } from "../../autograd/linear.ts";
import { type Epilogue, epilogue } from "../../autograd/linear_epilogue.ts";
import { reshape } from "../../autograd/op.ts";
import {
  type PackedCodes,
  packWeight,
  unpackWeight,
} from "../../autograd/pack_weight.ts";
import { pinned, type Tensor } from "../../autograd/tensor.ts";
import { weightRange } from "../../autograd/weight_range.ts";
import type { Gpu } from "../../gpu/device.ts";
import { record } from "../../gpu/record.ts";
import { Linear, LinearLayer } from "./linear.ts";
import {
  checkFit,
  load,
  type LoadOptions,
  type TensorSource,
} from "../weights/load.ts";
import { modulesOf, Parameter, replaceModules } from "../module.ts";

/** Weights of a row that share a scale and a zero; a row of another length shares one. */
const GROUP = 64;

/** The codes of a weight, and s and z of each of its groups: s (q - z). */
interface LowBitWeight {
  readonly packed: PackedCodes;
  readonly scale: Tensor;
  readonly zero: Tensor;
}

/** Bytes of the f32 rows of a weight that are quantised, or widened for a product, at a time. */
const PART_BYTES = 32 * 2 ** 20;

/**
 * A linear whose weight alone is quantised, group by group, to 4 or 8 bits. It
 * is widened to f32 for each product, some rows at a time, in memory that
 * layers share.
 */
export class LowBitLinear extends LinearLayer {
  readonly bias: Parameter | null;
  readonly #shape: readonly [outputs: number, inputs: number];
  readonly #parts: LowBitWeight[] = [];

  constructor({ inputs, outputs, bias }: Linear, readonly bits: 4 | 8) {
    super();
    this.bias = bias ? new Parameter([outputs]) : null;
    this.#shape = [outputs, inputs];
  }

  /** Quantises the weight [outputs, inputs] of a source, some rows at a time; no more of it than its codes stays on the GPU. */
  async quantise(gpu: Gpu, source: TensorSource, name: string): Promise<void> {
    const [outputs, inputs] = this.#shape;
    const bytes = Math.min(PART_BYTES, gpu.traits.maxBindingBytes);
    const most = Math.max(1, Math.floor(bytes / 4 / inputs));
    for (let row = 0; row < outputs; row += most) {
      const count = inputs * Math.min(most, outputs - row);
      const range = { start: row * inputs, count };
      const rows = await source.readF32(name, range);
      this.#parts.push(await this.#quantised(gpu, rows));
    }
  }

  async #quantised(
    gpu: Gpu,
    rows: Float32Array<ArrayBuffer>,
  ): Promise<LowBitWeight> {
    const { bits } = this;
    const inputs = this.#shape[1];
    const group = inputs % GROUP === 0 ? GROUP : inputs;
    // Groups are rows of their own, so that each begins with a whole word.
    using w = pinned([rows.length / group, group]).write(gpu, rows);
    using plan = await record(gpu, () => {
      const grid = weightRange(w, {
        bits,
        range: bits === 4 ? "mse" : "minmax",
      });
      const packed = packWeight(weightCodes(w, { ...grid, bits }), bits);
      for (const t of [packed.qweight, grid.scale, grid.zero]) t.keep();
      return { packed, ...grid };
    });
    await plan.runInParts();
    await gpu.idle(); // so that staging memory holds one part at most
    return plan.result;
  }

  override forward(x: Tensor, ends: Epilogue = {}): Tensor {
    if (this.#parts.length === 0) {
      throw new Error("Cannot run a low-bit linear: it was not quantised");
    }
    const inputs = this.#shape[1];
    let row = 0;
    const ys = this.#parts.map(({ packed, ...grid }) => {
      const widened = unpackWeight(packed, grid);
      const rows = widened.size / inputs;
      const [start, end] = [row, row += rows];
      const bias = this.bias && rows < this.bias.size
        ? slice(this.bias, [[start, end]])
        : this.bias ?? undefined;
      return linear(x, reshape(widened, [rows, inputs]), bias);
    });
    const y = ys.length === 1 ? ys[0]! : concat(ys, -1);
    return epilogue(y, ends);
  }

  override *derived(): Iterable<Tensor> {
    for (const { packed: { qweight }, scale, zero } of this.#parts) {
      yield* [qweight, scale, zero];
    }
  }
}

/**
 * Puts low-bit linears in the place of all linears of a model and uploads its
 * weights, quantising some rows at a time. Throws InputError, before any
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
    await layer.quantise(gpu, source, `${name}.weight`);
  }
}

import type { Bits } from "../core/bits.ts";
import type { ElementRange } from "../core/element_range.ts";
import { packCodes, wordsPerRow } from "../core/packing.ts";
import type { QuantizationConfig } from "../models/packed/config.ts";
import { groupsOf } from "../models/packed/config.ts";
import type { TensorFacts, TensorSource } from "../models/weights/load.ts";
import { roundToNearest } from "./round_to_nearest.ts";

/** A linear that is rounded. */
export interface LinearSize {
  /** Columns of the weight. */
  readonly inputs: number;
  /** Rows of the weight. */
  readonly outputs: number;
}

/** How linears are rounded. */
export interface RoundingSettings {
  /** Bits of weights and activations, 2 to 8 each. */
  readonly bits: Bits;
  /** Inputs that share a scale and zero, a multiple of 32; all of a row without. */
  readonly group?: number | undefined;
}

/** Weights that are rounded at a time. */
const MOST_WEIGHTS = 8 * 2 ** 20;

interface Grid {
  readonly scale: Float32Array<ArrayBuffer>;
  readonly zero: Float32Array<ArrayBuffer>;
}

/**
 * Full-precision weights seen as a packed checkpoint: those of the linears are
 * rounded to nearest when they are read, some rows at a time. Tokens are
 * quantised within all of their range.
 */
export class RoundedAsPacked implements TensorSource {
  readonly path: string;
  /** What a packed checkpoint would hold. */
  readonly tensors: ReadonlyMap<string, TensorFacts>;
  /** The `quantization_config` of what is read. */
  readonly quantization: QuantizationConfig;
  readonly #source: TensorSource;
  readonly #layers: ReadonlyMap<string, LinearSize>;
  #last: { readonly layer: string; readonly grid: Grid } | undefined;

  /** The source has the weights of all `layers`, and they are matrices of these sizes. */
  constructor(
    source: TensorSource,
    layers: ReadonlyMap<string, LinearSize>,
    { bits, group }: RoundingSettings,
  ) {
    this.path = source.path;
    this.quantization = {
      quant_method: "qvgen",
      weight_bits: bits.weights,
      activation_bits: bits.activations,
      ...(group === undefined
        ? { granularity: "per_channel" }
        : { granularity: "per_group", group_size: group }),
      modules_to_not_convert: [],
      activation_clips: { rule: "timestep", groups: 0, ratio: 1 },
    };
    this.#source = source;
    this.#layers = layers;
    const tensors = new Map<string, TensorFacts>(source.tensors);
    for (const [name, { inputs, outputs }] of layers) {
      const groups = groupsOf(this.quantization, inputs);
      const grid = groups === 1 ? [outputs] : [outputs, groups];
      const words = wordsPerRow({ inputs, bits: bits.weights });
      tensors.delete(`${name}.weight`);
      tensors.set(`${name}.qweight`, { shape: [outputs, words], dtype: "U32" });
      tensors.set(`${name}.scale`, { shape: grid, dtype: "F32" });
      tensors.set(`${name}.zero`, { shape: grid, dtype: "F32" });
    }
    this.tensors = tensors;
  }

  async readF32(
    name: string,
    range?: ElementRange,
  ): Promise<Float32Array<ArrayBuffer>> {
    const { layer, part } = this.#parted(name);
    if (part !== "scale" && part !== "zero") {
      return await this.#source.readF32(name, range);
    }
    // Files hold a layer's grid behind its codes, which know it.
    if (this.#last?.layer !== layer) await this.#words(layer!);
    const values = this.#last!.grid[part];
    return range
      ? values.slice(range.start, range.start + range.count)
      : values;
  }

  readF16(
    name: string,
    range?: ElementRange,
  ): Promise<Uint16Array<ArrayBuffer>> {
    return this.#source.readF16(name, range);
  }

  async readBytes(
    name: string,
    range?: ElementRange,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { layer, part } = this.#parted(name);
    if (part !== "qweight") return await this.#source.readBytes(name, range);
    const words = await this.#words(layer!);
    const read = range
      ? words.slice(range.start, range.start + range.count)
      : words;
    return new Uint8Array(read.buffer);
  }

  /** The layer that a tensor's name belongs to, if it is a rounded one. */
  #parted(name: string): { layer?: string; part?: string } {
    const at = name.lastIndexOf(".");
    const layer = name.slice(0, at);
    return this.#layers.has(layer) ? { layer, part: name.slice(at + 1) } : {};
  }

  /** The packed codes of a layer; its grid is kept until that of another one is. */
  async #words(layer: string): Promise<Uint32Array<ArrayBuffer>> {
    const { inputs, outputs } = this.#layers.get(layer)!;
    const { weight_bits: bits, group_size: group } = this.quantization;
    const groups = groupsOf(this.quantization, inputs);
    const perRow = wordsPerRow({ inputs, bits });
    const words = new Uint32Array(outputs * perRow);
    const grid = {
      scale: new Float32Array(outputs * groups),
      zero: new Float32Array(outputs * groups),
    };
    const most = Math.max(1, Math.floor(MOST_WEIGHTS / inputs));
    for (let row = 0; row < outputs; row += most) {
      const rows = Math.min(most, outputs - row);
      const range = { start: row * inputs, count: rows * inputs };
      const w = await this.#source.readF32(`${layer}.weight`, range);
      const rounded = roundToNearest(w, { inputs, bits, group });
      words.set(packCodes(rounded.codes, { inputs, bits }), row * perRow);
      grid.scale.set(rounded.scale, row * groups);
      grid.zero.set(rounded.zero, row * groups);
    }
    this.#last = { layer, grid };
    return words;
  }
}

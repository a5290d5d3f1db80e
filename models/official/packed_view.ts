import type { Shape } from "../../autograd/tensor.ts";
import type { Bits } from "../../core/bits.ts";
import type { ElementRange } from "../../core/element_range.ts";
import { InputError } from "../../core/errors.ts";
import { packCodes, wordsPerRow } from "../../core/packing.ts";
import type { TensorFacts, TensorSource } from "../weights/load.ts";
import type { QuantizationConfig } from "../packed/config.ts";
import type { RangeRuleName } from "../quant/range_rule.ts";
import { type Arithmetic, officialCodes } from "./codes.ts";
import { type OfficialLayer, officialLayers } from "./layers.ts";

/** What an official checkpoint does not record. */
export interface OfficialSettings {
  /** Bits that it was trained for: weights 3 or 4, activations 2 to 8. */
  readonly bits: Bits;
  /** Which learnt range a call uses; by default the authors' count of calls. */
  readonly rule?: RangeRuleName;
  /** The type that codes are decided in; by default that of the stored weights. */
  readonly arithmetic?: Arithmetic;
}

/** c0, which the authors' code fixes. */
const RATIO = 0.95;

/** Weights whose codes are made at a time. */
const MOST_WEIGHTS = 8 * 2 ** 20;

/** Names of the official parts other than `w` in a packed checkpoint. */
const PARTS: ReadonlyMap<string, string> = new Map([
  ["wquantizer.scale", "scale"],
  ["wquantizer.zero_point", "zero"],
  ["b", "bias"],
  ["aquantizer.upper", "clip_upper"],
  ["aquantizer.lower", "clip_lower"],
]);

interface View {
  readonly shape: Shape;
  readonly dtype: string;
  /** The tensor of the source that it is made of. */
  readonly from: string;
  /** The linear whose codes it holds. */
  readonly codesOf?: string;
}

/**
 * An official QVGen checkpoint seen as a packed one: weights become codes when
 * they are read, some rows at a time, so that neither loading nor packing ever
 * holds more than one layer.
 *
 * @example
 * ```ts
 * import {
 *   MemorySource,
 *   OfficialAsPacked,
 *   parseBits,
 * } from "@qvgen/qvgen/models";
 *
 * const f32 = (shape: number[], data: number[]) => ({
 *   shape,
 *   data: Float32Array.from(data),
 * });
 * const trained = new MemorySource("trained", new Map([
 *   ["to_q.w", f32([1, 4], [-0.7, 0.1, 0.2, 0.8])],
 *   ["to_q.wquantizer.scale", f32([1, 1], [0.1])],
 *   ["to_q.wquantizer.zero_point", f32([1, 1], [7.2])],
 * ]));
 * const packed = new OfficialAsPacked(trained, { bits: parseBits("W4A4") });
 * console.log([...packed.tensors.keys()]); // to_q.scale, .zero, .qweight
 * console.log(await packed.readBytes("to_q.qweight")); // codes 0, 8, 9, 15
 * ```
 */
export class OfficialAsPacked implements TensorSource {
  readonly path: string;
  /** What a packed checkpoint would hold. */
  readonly tensors: ReadonlyMap<string, TensorFacts>;
  /** The quantised linears by path. */
  readonly layers: ReadonlyMap<string, OfficialLayer>;
  readonly #views: ReadonlyMap<string, View>;
  readonly #source: TensorSource;
  readonly #settings: OfficialSettings;

  /** Throws InputError if a layer is not complete, or for bits that cannot be packed. */
  constructor(source: TensorSource, settings: OfficialSettings) {
    this.path = source.path;
    this.layers = officialLayers(source);
    this.tensors = this.#views = viewOf(
      source,
      this.layers,
      weightBits(settings),
    );
    this.#source = source;
    this.#settings = settings;
    this.#ranges();
  }

  /**
   * The `quantization_config` of this checkpoint; what it leaves alone are all
   * matrices that are not quantised, since none of them is anything but a linear.
   */
  get quantization(): QuantizationConfig {
    const { bits, rule = "official-count" } = this.#settings;
    const kept = [...this.tensors]
      .filter(([name, { shape }]) =>
        name.endsWith(".weight") && shape.length === 2
      )
      .map(([name]) => name.slice(0, -".weight".length));
    return {
      quant_method: "qvgen",
      weight_bits: weightBits(this.#settings),
      activation_bits: bits.activations,
      granularity: "per_channel",
      modules_to_not_convert: kept,
      activation_clips: { rule, groups: this.#ranges(), ratio: RATIO },
    };
  }

  readF32(
    name: string,
    range?: ElementRange,
  ): Promise<Float32Array<ArrayBuffer>> {
    return this.#source.readF32(this.#view(name).from, range);
  }

  readF16(
    name: string,
    range?: ElementRange,
  ): Promise<Uint16Array<ArrayBuffer>> {
    return this.#source.readF16(this.#view(name).from, range);
  }

  async readBytes(
    name: string,
    range?: ElementRange,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { codesOf, from, shape } = this.#view(name);
    if (codesOf === undefined) return await this.#source.readBytes(from, range);
    const [outputs = 0, words = 0] = shape;
    const { inputs } = this.layers.get(codesOf)!;
    const { start, count } = range ?? { start: 0, count: outputs * words };
    const packed = new Uint32Array(count);
    const [first, end] = [start / words, (start + count) / words];
    const most = Math.max(1, Math.floor(MOST_WEIGHTS / inputs));
    for (let row = first; row < end; row += most) {
      const codes = await this.codes(codesOf, {
        start: row,
        count: Math.min(most, end - row),
      });
      packed.set(
        packCodes(codes, { inputs, bits: this.#settings.bits.weights }),
        (row - first) * words,
      );
    }
    return new Uint8Array(packed.buffer);
  }

  /** The codes [rows, inputs] of one linear, or of a range of its rows. */
  async codes(
    layer: string,
    rows?: ElementRange,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { arithmetic, bits } = this.#settings;
    const { inputs } = this.layers.get(layer)!;
    const name = `${layer}.w`;
    const stored = this.#source.tensors.get(name)?.dtype;
    const read = (part: string, width: number) =>
      this.#source.readF32(
        `${layer}.${part}`,
        rows && { start: rows.start * width, count: rows.count * width },
      );
    const weight = {
      w: await read("w", inputs),
      scale: await read("wquantizer.scale", 1),
      zero: await read("wquantizer.zero_point", 1),
    };
    try {
      return officialCodes(
        weight,
        bits.weights,
        arithmetic ?? (stored === "BF16" ? "bf16" : "f32"),
        rows?.start,
      );
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new InputError(
        `Cannot pack ${layer} of ${this.path}: ${cause.message}`,
        { cause },
      );
    }
  }

  #view(name: string): View {
    const view = this.#views.get(name);
    if (!view) throw new RangeError(`${this.path} has no tensor ${name}`);
    return view;
  }

  #ranges(): number {
    const counts = new Set([...this.layers.values()].map((l) => l.ranges));
    const [ranges = 0, ...others] = counts;
    if (others.length === 0) return ranges;
    throw new InputError(
      `Cannot use the QVGen checkpoint ${this.path}: its layers have ${
        [...counts].join(" and ")
      } learnt ranges, accepted is the same number in all`,
    );
  }
}

function weightBits({ bits: { weights } }: OfficialSettings): 3 | 4 {
  if (weights === 3 || weights === 4) return weights;
  throw new InputError(
    `Bits: found weights of ${weights}, packed are weights of 4 or 3`,
  );
}

function viewOf(
  { tensors }: TensorSource,
  layers: ReadonlyMap<string, OfficialLayer>,
  bits: number,
): Map<string, View> {
  const view = new Map<string, View>();
  const used = new Set<string>();
  for (const [name, { inputs, outputs }] of layers) {
    const from = `${name}.w`;
    const shape = [outputs, wordsPerRow({ inputs, bits })];
    view.set(`${name}.qweight`, { shape, dtype: "U32", from, codesOf: name });
    used.add(from);
    for (const [official, part] of PARTS) {
      const from = `${name}.${official}`;
      const found = tensors.get(from);
      if (!found) continue;
      const size = found.shape.reduce((a, b) => a * b, 1);
      view.set(`${name}.${part}`, {
        shape: [size],
        dtype: found.dtype ?? "F32",
        from,
      });
      used.add(from);
    }
  }
  for (const [name, { shape, dtype }] of tensors) {
    if (!used.has(name)) {
      view.set(name, { shape, dtype: dtype ?? "F32", from: name });
    }
  }
  return view;
}

import type { Shape } from "../../autograd/tensor.ts";
import type { JsonObject } from "../../core/json.ts";
import { packCodes, wordsPerRow } from "../../core/packing.ts";
import { groupsOf, type QuantizationConfig, rowLayout } from "./config.ts";

/** A quantised linear to be exported: w = scale (code - zero), row by row. */
export interface LayerToPack {
  /** Columns of the weight. */
  readonly inputs: number;
  /** Unsigned codes [outputs, inputs]; those of a large model are made in turn. */
  readonly codes: Uint8Array | (() => Uint8Array | Promise<Uint8Array>);
  /** [outputs], or [outputs, groups] if the config has groups, as zero. */
  readonly scale: Float32Array<ArrayBuffer>;
  /** The code, whole or not, that stands for 0. */
  readonly zero: Float32Array<ArrayBuffer>;
  /** [outputs], added to the product, where the linear has one. */
  readonly bias?: Float32Array<ArrayBuffer>;
  /** Logits of the learnt ranges, where the config has some. */
  readonly ranges?: {
    readonly upper: Float32Array<ArrayBuffer>;
    readonly lower: Float32Array<ArrayBuffer>;
  };
}

/** What a packed model is made of. */
export interface ModelToPack {
  /** The config.json of the model that was quantised. */
  readonly config: JsonObject;
  /** How it was quantised. */
  readonly quantization: QuantizationConfig;
  /** The quantised linears by path. */
  readonly layers: ReadonlyMap<string, LayerToPack>;
  /** All other tensors by name. */
  readonly others: ReadonlyMap<string, PackedTensor>;
}

/** A tensor as the writer of checkpoints takes it. */
export interface PackedTensor {
  /** Type, as safetensors names it. */
  readonly dtype: "F32" | "F16" | "U32";
  /** Its dimensions. */
  readonly shape: Shape;
  /** Its numbers, or a function that makes them when they are written. */
  readonly data:
    | ArrayBufferView
    | (() => ArrayBufferView | Promise<ArrayBufferView>);
}

/**
 * The config and tensors of a packed checkpoint, to be handed to
 * `writeCheckpoint`. Throws RangeError if the parts of a layer do not fit each
 * other, when its codes are asked for at the latest.
 *
 * @example
 * ```ts
 * import { packedCheckpoint } from "@qvgen/qvgen/models";
 *
 * const { tensors } = packedCheckpoint({
 *   config: { _class_name: "WanTransformer3DModel" },
 *   quantization: {
 *     quant_method: "qvgen",
 *     weight_bits: 4,
 *     activation_bits: 4,
 *     granularity: "per_channel",
 *     modules_to_not_convert: [],
 *     activation_clips: { rule: "timestep", groups: 0, ratio: 0.95 },
 *   },
 *   layers: new Map([["proj_out", {
 *     inputs: 4,
 *     codes: Uint8Array.of(1, 2, 3, 15),
 *     scale: Float32Array.of(0.1),
 *     zero: Float32Array.of(7.3),
 *   }]]),
 *   others: new Map(),
 * });
 * console.log([...tensors.keys()]); // proj_out.qweight, .scale, .zero
 * ```
 */
export function packedCheckpoint(
  { config, quantization, layers, others }: ModelToPack,
): { config: JsonObject; tensors: Map<string, PackedTensor> } {
  const tensors = new Map<string, PackedTensor>(others);
  for (const [name, layer] of layers) {
    checkLayer(name, layer, quantization);
    for (const [part, tensor] of layerTensors(layer, quantization)) {
      tensors.set(`${name}.${part}`, tensor);
    }
  }
  const saved = { ...config, quantization_config: quantization };
  return { config: saved, tensors };
}

function* layerTensors(
  layer: LayerToPack,
  quantization: QuantizationConfig,
): Generator<[part: string, tensor: PackedTensor]> {
  const { codes, scale, zero, bias, ranges } = layer;
  const layout = rowLayout(quantization, layer.inputs);
  const groups = groupsOf(quantization, layer.inputs);
  const outputs = scale.length / groups;
  const shape = [outputs, wordsPerRow(layout)];
  const grid = groups === 1 ? [outputs] : [outputs, groups];
  const data = async () =>
    packCodes(typeof codes === "function" ? await codes() : codes, layout);
  yield ["qweight", { dtype: "U32", shape, data }];
  yield ["scale", { ...vector(scale), shape: grid }];
  yield ["zero", { ...vector(zero), shape: grid }];
  if (bias) yield ["bias", vector(bias)];
  if (ranges) {
    yield ["clip_upper", vector(ranges.upper)];
    yield ["clip_lower", vector(ranges.lower)];
  }
}

function vector(data: Float32Array<ArrayBuffer>): PackedTensor {
  return { dtype: "F32", shape: [data.length], data };
}

function checkLayer(
  name: string,
  { inputs, scale, zero, bias, ranges }: LayerToPack,
  quantization: QuantizationConfig,
): void {
  const { groups: count } = quantization.activation_clips;
  const outputs = scale.length / groupsOf(quantization, inputs);
  const biases = bias?.length ?? outputs;
  const none = new Float32Array();
  const { upper, lower } = ranges ?? { upper: none, lower: none };
  if (
    !Number.isInteger(outputs) || zero.length !== scale.length ||
    biases !== outputs || upper.length !== count || lower.length !== count
  ) {
    throw new RangeError(
      `Cannot pack ${name}: found ${zero.length} zeros and ${biases} biases for ${scale.length} scales of ${outputs} outputs, ${upper.length} upper and ${lower.length} lower ranges where the config has ${count}`,
    );
  }
}

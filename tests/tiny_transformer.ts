import { type Shape, sizeOf } from "../autograd/tensor.ts";
import type { JsonObject } from "../core/json.ts";
import { Linear } from "../models/linears/linear.ts";
import { modulesOf, parameters } from "../models/module.ts";
import type { QuantizationConfig } from "../models/packed/config.ts";
import {
  type LayerToPack,
  packedCheckpoint,
  type PackedTensor,
} from "../models/packed/write.ts";
import { declareTransformer } from "../models/transformers.ts";
import { uniform } from "./check.ts";

/** A transformer with all parts of Wan's, none of its sizes a multiple of 32. */
export const TINY_CONFIG: JsonObject = {
  _class_name: "WanTransformer3DModel",
  patch_size: [1, 2, 2],
  num_attention_heads: 2,
  attention_head_dim: 24,
  in_channels: 16,
  out_channels: 16,
  text_dim: 36,
  freq_dim: 40,
  ffn_dim: 140,
  num_layers: 2,
  cross_attn_norm: true,
  qk_norm: "rms_norm_across_heads",
  eps: 1e-6,
  rope_max_seq_len: 64,
};

/** A transformer with all parts of CogVideoX 1.5's; takes the same latents and text. */
export const TINY_COGVIDEOX: JsonObject = {
  _class_name: "CogVideoXTransformer3DModel",
  num_attention_heads: 3,
  attention_head_dim: 16,
  in_channels: 16,
  out_channels: 16,
  time_embed_dim: 20,
  text_embed_dim: 36,
  num_layers: 2,
  patch_size: 2,
  patch_size_t: 2,
  use_rotary_positional_embeddings: true,
};

/** A tensor as it is written. */
export interface TinyTensor {
  readonly dtype: "F32";
  readonly shape: Shape;
  readonly data: Float32Array<ArrayBuffer>;
}

/** A transformer's tensors with random values: matrices of unit gain, norms about 1. */
export function tinyTensors(
  seed = 1,
  config: JsonObject = TINY_CONFIG,
): Map<string, TinyTensor> {
  const random = uniform(seed);
  const tensors = new Map<string, TinyTensor>();
  for (
    const [name, { shape }] of parameters(declareTransformer(config, "config"))
  ) {
    const inputs = sizeOf(shape.slice(1));
    const center = /norm\w*\.weight$/.test(name) ? 1 : 0;
    const data = new Float32Array(sizeOf(shape)).map(() =>
      center + random() * Math.sqrt((shape.length > 1 ? 3 : 0.1) / inputs)
    );
    tensors.set(name, { dtype: "F32", shape, data });
  }
  return tensors;
}

/** The same, its linears quantised row by row to their least and greatest weight. */
export function packTiny(
  quantization: QuantizationConfig,
  tensors: ReadonlyMap<string, TinyTensor> = tinyTensors(),
): { config: JsonObject; tensors: Map<string, PackedTensor> } {
  const others = new Map(tensors);
  const layers = new Map<string, LayerToPack>();
  for (
    const [name, { inputs }] of modulesOf(
      Linear,
      declareTransformer(TINY_CONFIG, "config"),
    )
  ) {
    if (quantization.modules_to_not_convert.includes(name)) continue;
    const [weight, bias] = ["weight", "bias"].map((part) =>
      Float32Array.from(tensors.get(`${name}.${part}`)!.data)
    ) as [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>];
    others.delete(`${name}.weight`);
    others.delete(`${name}.bias`);
    layers.set(name, { ...quantise(weight, inputs, quantization), bias });
  }
  return packedCheckpoint({
    config: TINY_CONFIG,
    quantization,
    layers,
    others,
  });
}

function quantise(
  weight: Float32Array,
  inputs: number,
  { weight_bits, activation_clips: { groups } }: QuantizationConfig,
): LayerToPack {
  const P = 2 ** weight_bits - 1;
  const outputs = weight.length / inputs;
  const [scale, zero] = [new Float32Array(outputs), new Float32Array(outputs)];
  const codes = new Uint8Array(weight.length);
  for (let n = 0; n < outputs; n++) {
    const row = weight.subarray(n * inputs, (n + 1) * inputs);
    const least = Math.min(...row);
    const s = scale[n] = (Math.max(...row) - least) / P;
    const z = zero[n] = -least / s;
    codes.set(
      row.map((w) => Math.min(Math.max(Math.round(w / s + z), 0), P)),
      n * inputs,
    );
  }
  const logits = Float32Array.from({ length: groups }, (_, g) => 1 + g);
  const ranges = { upper: logits, lower: logits.toReversed() };
  return { inputs, codes, scale, zero, ...(groups > 0 && { ranges }) };
}

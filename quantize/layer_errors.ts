import { unpackCodes, wordsPerRow } from "../core/packing.ts";
import { InputError } from "../core/errors.ts";
import { Linear } from "../models/linears/linear.ts";
import { modulesOf } from "../models/module.ts";
import { groupsOf, type QuantizationConfig } from "../models/packed/config.ts";
import type { TensorSource } from "../models/weights/load.ts";

/** How far a packed linear's weight is from that of its source. */
export interface LayerError {
  /** Path of the linear. */
  readonly layer: string;
  /** |W' - W| / |W|, in the Frobenius norm. */
  readonly error: number;
}

/** Weights that are compared at a time. */
const MOST_WEIGHTS = 4 * 2 ** 20;

/** A transformer that was packed, and the same in full precision. */
export interface LayersToCompare {
  /** The network that both are, without values. */
  readonly network: object;
  /** The packed one's tensors. */
  readonly packed: TensorSource;
  /** How it was packed. */
  readonly quantization: QuantizationConfig;
  /** Those in full precision. */
  readonly source: TensorSource;
}

/**
 * The error of every packed linear, in the network's order, some rows in memory
 * at a time. Throws InputError if the source has other weights.
 */
export async function* layerErrors(
  { network, packed, quantization, source }: LayersToCompare,
): AsyncGenerator<LayerError> {
  const kept = new Set(quantization.modules_to_not_convert);
  const { weight_bits: bits, group_size } = quantization;
  for (const [layer, { inputs, outputs }] of modulesOf(Linear, network)) {
    if (kept.has(layer)) continue;
    const name = `${layer}.weight`;
    const found = source.tensors.get(name)?.shape;
    if (`${found}` !== `${[outputs, inputs]}`) {
      throw new InputError(
        `${packed.path} was not made of ${source.path}: ${name} is ${
          found ? `[${found}]` : "missing"
        } there, accepted is [${outputs},${inputs}]`,
      );
    }
    const scale = await packed.readF32(`${layer}.scale`);
    const zero = await packed.readF32(`${layer}.zero`);
    const group = group_size ?? inputs;
    const groups = groupsOf(quantization, inputs);
    const perRow = wordsPerRow({ inputs, bits });
    const most = Math.max(1, Math.floor(MOST_WEIGHTS / inputs));
    let [off, all] = [0, 0];
    for (let row = 0; row < outputs; row += most) {
      const rows = Math.min(most, outputs - row);
      const part = (width: number) => ({
        start: row * width,
        count: rows * width,
      });
      const words = await packed.readBytes(`${layer}.qweight`, part(perRow));
      const codes = unpackCodes(new Uint32Array(words.buffer), {
        inputs,
        bits,
      });
      const w = await source.readF32(name, part(inputs));
      for (let i = 0; i < w.length; i++) {
        const column = i % inputs;
        const at = (row + (i - column) / inputs) * groups +
          Math.floor(column / group);
        off += (scale[at]! * (codes[i]! - zero[at]!) - w[i]!) ** 2;
        all += w[i]! ** 2;
      }
    }
    yield { layer, error: all === 0 ? Math.sqrt(off) : Math.sqrt(off / all) };
  }
}

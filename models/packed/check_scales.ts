import { InputError } from "../../core/errors.ts";
import type { TensorSource } from "../weights/load.ts";
import type { QuantizationConfig } from "./config.ts";

/** Beyond the weights of any network, which f16 holds. */
const LARGEST = 1e6;

/**
 * Throws InputError naming the first scale or zero by which codes would stand
 * for weights that no network has. On integers such a model runs without a sign:
 * tokens are quantised again in the next layer, whatever they overflow to.
 */
export async function checkScales(
  source: Pick<TensorSource, "path" | "readF32">,
  layers: Iterable<string>,
  { weight_bits: bits }: Pick<QuantizationConfig, "weight_bits">,
): Promise<void> {
  const top = 2 ** bits - 1;
  for (const layer of layers) {
    const scale = await source.readF32(`${layer}.scale`);
    const zero = await source.readF32(`${layer}.zero`);
    for (const [i, s] of scale.entries()) {
      const z = zero[i]!;
      const most = Math.abs(s) * Math.max(Math.abs(z), Math.abs(top - z));
      if (most <= LARGEST) continue;
      throw new InputError(
        `Cannot use ${source.path}: ${layer}.scale is ${s} and ${layer}.zero ${z} at element ${i}, weights of up to ${
          most.toPrecision(3)
        }; accepted are at most ${LARGEST}`,
      );
    }
  }
}

import { type Gpu, record } from "../../../gpu/mod.ts";
import {
  fromArray,
  type PackedLayer,
  packedLayer,
  packedLinear,
  packedLinears,
  packWeight,
} from "../../../autograd/mod.ts";
import { values } from "../sizes.ts";
import { LAYERS, type Layers } from "./block.ts";

/** A quantised layer [outputs, inputs] with codes of all values. */
export async function randomLayer(
  gpu: Gpu,
  [outputs, inputs]: readonly [number, number],
  bits: number,
): Promise<PackedLayer> {
  const count = 2 ** bits;
  const random = values(outputs * inputs);
  const codes = fromArray(
    gpu,
    [outputs, inputs],
    random.map((v) => Math.min(count - 1, Math.floor((v + 0.5) * count))),
  );
  const [scale, zero] = [0.1 / count, (count - 1) / 2].map((value) =>
    fromArray(gpu, [outputs], new Float32Array(outputs).fill(value))
  );
  using plan = await record(gpu, () => {
    const grid = { scale: scale!, zero: zero! };
    const layer = packedLayer(packWeight(codes, bits), grid, { bits });
    layer.qweight.keep();
    layer.outputs.keep();
    return layer;
  });
  plan.run();
  await gpu.idle();
  codes.dispose();
  return plan.result;
}

/** The block's layers at W4A4. */
export async function packedLayers(gpu: Gpu): Promise<Layers> {
  const layers: PackedLayer[] = [];
  for (const shape of LAYERS) layers.push(await randomLayer(gpu, shape, 4));
  const [o, up, down] = layers.slice(3);
  return {
    qkv: (x) => packedLinears(x, layers.slice(0, 3)),
    o: (x, extras) => packedLinear(x, o!, extras),
    up: (x, extras) => packedLinear(x, up!, extras),
    down: (x, extras) => packedLinear(x, down!, extras),
  };
}

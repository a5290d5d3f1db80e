import type { JsonObject } from "../../core/json.ts";
import type { Gpu } from "../../gpu/device.ts";
import type { Quantised } from "../../infer/denoiser.ts";
import { usualQuantization } from "../../infer/estimate/estimate.ts";
import type { Precision } from "../../infer/precision.ts";
import { RANGE_COUNT } from "../../models/quant/range_index.ts";
import { HalfLinear } from "../../models/linears/half_linear.ts";
import { Linear } from "../../models/linears/linear.ts";
import { load } from "../../models/weights/load.ts";
import { replaceModules } from "../../models/module.ts";
import { loadPacked } from "../../models/packed/load.ts";
import { PackedLinear } from "../../models/linears/packed_linear.ts";
import { RangeRule } from "../../models/quant/range_rule.ts";
import { QuantContext } from "../../models/quant/context.ts";
import { declareTransformer } from "../../models/transformers.ts";
import type { VideoTransformer } from "../../models/video_transformer.ts";
import { PackedSource } from "./packed_source.ts";
import { RandomSource } from "./random_source.ts";

/** A network of random weights on the GPU. */
export interface RandomNetwork {
  readonly transformer: VideoTransformer;
  /** What its packed linears share. */
  readonly quantised?: Quantised;
}

/** Builds the network of a config and uploads random weights, layer by layer; packed ones are W4A4. */
export async function randomNetwork(
  gpu: Gpu,
  config: JsonObject,
  form: Precision,
  seed: number,
): Promise<RandomNetwork> {
  const declare = () => declareTransformer(config, "config.json");
  const transformer = declare();
  const source = new RandomSource(transformer, seed);
  if (form === "f32" || form === "f16") {
    if (form === "f16") {
      replaceModules(Linear, transformer, (_, plain) => new HalfLinear(plain));
    }
    await load(gpu, transformer, source);
    return { transformer };
  }
  const bits = 4;
  const quantization = usualQuantization(bits);
  const context = new QuantContext();
  const settings = { quantization, context };
  const shapes = declare();
  replaceModules(
    Linear,
    shapes,
    (_, plain) => new PackedLinear(plain, settings),
  );
  await loadPacked(
    gpu,
    transformer,
    new PackedSource(gpu, source, shapes, bits),
    { ...settings, form },
  );
  const rangeRule = new RangeRule("timestep", RANGE_COUNT);
  return { transformer, quantised: { context, rangeRule } };
}

import type { Gpu } from "../gpu/device.ts";
import { HalfLinear } from "../models/half_linear.ts";
import { Linear } from "../models/linear.ts";
import { load } from "../models/load.ts";
import { replaceModules } from "../models/module.ts";
import { isQuantised, parseQuantization } from "../models/packed/config.ts";
import { loadPacked } from "../models/packed/load.ts";
import { ClipRule } from "../models/quant/clip_rule.ts";
import { QuantContext } from "../models/quant/context.ts";
import { declareTransformer } from "../models/transformers.ts";
import type { VideoTransformer } from "../models/video_transformer.ts";
import type { Quantised } from "./denoiser.ts";
import { choosePrecision, type Precision } from "./precision.ts";
import {
  openTransformerFiles,
  type TransformerFilesOptions,
} from "./transformer_files.ts";

export type { Precision } from "./precision.ts";

/** A transformer on the GPU. */
export interface OpenedTransformer {
  /** The network, weights loaded. */
  readonly transformer: VideoTransformer;
  /** What its quantised linears share; none where they have no learnt clips. */
  readonly quantised?: Quantised;
  /** In what form its linears are held. */
  readonly precision: Precision;
  /** Bytes of its weights on the GPU. */
  readonly weightBytes: number;
}

/**
 * Loads the transformer of a model folder or of a single file. Without
 * `precision` a quantised one is run on integers (`packed`), any other in
 * `f32`. Throws InputError, before anything is uploaded, if `path` holds
 * another kind or does not fit its config.
 */
export async function openTransformer(
  gpu: Gpu,
  path: string,
  precision?: Precision,
  options: TransformerFilesOptions = {},
): Promise<OpenedTransformer> {
  using files = await openTransformerFiles(path, options);
  const { config, where, source } = files;
  const transformer = declareTransformer(config, where);
  const chosen = choosePrecision(precision, isQuantised(config), path);
  const before = gpu.pool.bytes.pinned;
  let quantised: Quantised | undefined;
  if (chosen === "packed" || chosen === "fake") {
    const quantization = parseQuantization(config, where);
    const context = new QuantContext();
    const settings = { quantization, context, form: chosen };
    await loadPacked(gpu, transformer, source, settings);
    const { rule, groups } = quantization.activation_clips;
    const clips = new ClipRule(rule, groups);
    if (groups > 0) quantised = { context, clips };
  } else {
    if (chosen === "f16") {
      replaceModules(Linear, transformer, (_, plain) => new HalfLinear(plain));
    }
    await load(gpu, transformer, source);
  }
  return {
    transformer,
    ...(quantised && { quantised }),
    precision: chosen,
    weightBytes: gpu.pool.bytes.pinned - before,
  };
}

import type { AttentionPrecision } from "../autograd/attention.ts";
import { InputError } from "../core/errors.ts";
import type { Gpu } from "../gpu/device.ts";
import { HalfLinear } from "../models/linears/half_linear.ts";
import { Linear } from "../models/linears/linear.ts";
import { checkFit, load } from "../models/weights/load.ts";
import { replaceModules } from "../models/module.ts";
import { isQuantised, parseQuantization } from "../models/packed/config.ts";
import { loadPacked } from "../models/packed/load.ts";
import { blocksOf, pageBlocks } from "../models/weights/paged_blocks.ts";
import { RangeRule } from "../models/quant/range_rule.ts";
import { QuantContext } from "../models/quant/context.ts";
import { declareTransformer } from "../models/transformers.ts";
import type { VideoTransformer } from "../models/video_transformer.ts";
import type { Quantised } from "./denoiser.ts";
import { choosePrecision, type Precision } from "./precision.ts";
import {
  openTransformerFiles,
  type TransformerFilesOptions,
} from "./transformer_files.ts";
import { demandOf, type MemoryLimit, mustStream } from "./video_memory.ts";

export type { Precision } from "./precision.ts";

/** How a transformer is opened. */
export interface OpenTransformerOptions extends TransformerFilesOptions {
  /** Streams the weights of blocks from the files where they would not fit. */
  readonly limit?: MemoryLimit | undefined;
  /** How exactly it attends; default f32. */
  readonly attention?: AttentionPrecision | undefined;
}

/** A transformer on the GPU; disposing it gives its memory back and closes the files that it streams from. */
export interface OpenedTransformer extends Disposable {
  /** The network, weights loaded. */
  readonly transformer: VideoTransformer;
  /** What its quantised linears share; none where they have no learnt ranges. */
  readonly quantised?: Quantised;
  /** In what form its linears are held. */
  readonly precision: Precision;
  /** Bytes of its weights on the GPU. */
  readonly weightBytes: number;
  /** How many blocks are streamed, one at a time, in every call; 0 if all stay. */
  readonly streamedBlocks: number;
}

/**
 * Loads the transformer of a model folder or of a single file. Without
 * `precision` a quantised one is run on integers (`packed`), any other in
 * `f32`. Throws InputError, before anything is uploaded, if `path` holds
 * another kind, does not fit its config, or cannot keep to the limit.
 */
export async function openTransformer(
  gpu: Gpu,
  path: string,
  precision?: Precision,
  { limit, attention = "f32", ...options }: OpenTransformerOptions = {},
): Promise<OpenedTransformer> {
  using owned = new DisposableStack();
  const open = owned.use(new DisposableStack());
  const files = open.use(await openTransformerFiles(path, options));
  const { config, where, source } = files;
  const transformer = owned.use(declareTransformer(config, where));
  transformer.attentionPrecision = attention;
  const chosen = choosePrecision(precision, isQuantised(config), path);
  const before = gpu.pool.bytes.pinned;
  let quantised: Quantised | undefined;
  let streamedBlocks = 0;
  const page = (context?: QuantContext) => {
    if (!limit) return;
    const demand = demandOf(gpu, transformer, limit.shape, context);
    if (!mustStream(demand, limit, path)) return;
    const blocks = blocksOf(transformer);
    owned.use(pageBlocks(gpu, blocks, source));
    streamedBlocks = blocks.each.length;
  };
  if (chosen === "packed" || chosen === "fake") {
    if (limit && chosen === "fake") {
      throw new InputError(
        "Precision: found fake with a limit of memory; accepted is packed, which runs the same codes",
      );
    }
    const quantization = parseQuantization(config, where);
    const context = new QuantContext();
    await loadPacked(gpu, transformer, source, {
      quantization,
      context,
      form: chosen,
      beforeUpload: () => page(context),
    });
    const { rule, groups } = quantization.activation_clips;
    const rangeRule = new RangeRule(rule, groups);
    if (groups > 0) quantised = { context, rangeRule };
  } else {
    if (chosen === "f16") {
      replaceModules(Linear, transformer, (_, plain) => new HalfLinear(plain));
    }
    checkFit(transformer, source);
    page();
    await load(gpu, transformer, source);
  }
  if (streamedBlocks === 0) open.dispose();
  const kept = owned.move();
  return {
    transformer,
    ...(quantised && { quantised }),
    precision: chosen,
    weightBytes: gpu.pool.bytes.pinned - before,
    streamedBlocks,
    [Symbol.dispose]: () => kept.dispose(),
  };
}

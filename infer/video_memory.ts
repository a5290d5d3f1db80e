import { withoutGradients } from "../autograd/tape.ts";
import { InputError } from "../core/errors.ts";
import type { Gpu } from "../gpu/device.ts";
import { pinnedBytes } from "../gpu/pool.ts";
import { measure } from "../gpu/record.ts";
import type { Storage } from "../gpu/storage.ts";
import { modulesOf, parameters } from "../models/module.ts";
import { PackedLinear } from "../models/linears/packed_linear.ts";
import { blocksOf, frameBytes } from "../models/weights/paged_blocks.ts";
import type { QuantContext } from "../models/quant/context.ts";
import {
  type CallShape,
  inputTensors,
  type VideoTransformer,
} from "../models/video_transformer.ts";

/** How much memory of the GPU a transformer may take, and for what. */
export interface MemoryLimit {
  /** Most bytes of weights, activations and inputs together. */
  readonly bytes: number;
  /** The calls that it will be asked for. */
  readonly shape: CallShape;
}

/** Bytes that a transformer takes for calls of one shape. */
export interface Demand {
  /** Bytes with all weights on the GPU. */
  readonly resident: number;
  /** Bytes with the weights of one block at a time. */
  readonly streamed: number;
}

/**
 * Works out, before anything is uploaded, what calls of a transformer take. Its
 * linears are in their final form; `context` is that of packed ones.
 */
export function demandOf(
  gpu: Gpu,
  transformer: VideoTransformer,
  shape: CallShape,
  context?: QuantContext,
): Demand {
  // Weights have no memory yet that could be bound in parts.
  const traits = { ...gpu.traits, maxBindingBytes: Infinity };
  const inputs = transformer.inputs(gpu, shape);
  context?.setBatch(shape.batch);
  const { pinned, transient } = measure(traits, () =>
    withoutGradients(() => {
      for (const [, layer] of modulesOf(PackedLinear, transformer)) {
        layer.emitRowSums();
      }
      transformer.forward(inputs).keep();
    }));
  const held = new Set<Storage>(pinned);
  for (const [, { storage }] of parameters(transformer)) held.add(storage);
  for (const t of inputTensors(inputs)) {
    held.add(t.storage);
    t.dispose();
  }
  const resident = [...held].reduce(
    (sum, { bytes }) => sum + pinnedBytes(bytes),
    transient,
  );
  const blocks = blocksOf(transformer);
  const paged = blocks.each.flatMap((block) => [...block.values()])
    .reduce((sum, { storage }) => sum + pinnedBytes(storage.bytes), 0);
  return { resident, streamed: resident - paged + frameBytes(blocks) };
}

/**
 * Whether a transformer has to be streamed to keep to a limit. Throws
 * InputError with the least possible limit if even that takes more.
 */
export function mustStream(
  { resident, streamed }: Demand,
  { bytes, shape }: MemoryLimit,
  path: string,
): boolean {
  if (resident <= bytes) return false;
  if (streamed <= bytes) return true;
  throw new InputError(
    `Cannot run ${path} in ${bytes} bytes of GPU memory: ${shape.batch} predictions at once for latents [${shape.latents}] take at least ${streamed}, with one block's weights on the GPU at a time; a smaller clip takes less`,
  );
}

import type { Shape } from "../../autograd/tensor.ts";
import type { ElementRange } from "../../core/element_range.ts";

/** Where weights come from: a checkpoint folder, a file, or memory. */
export interface TensorSource {
  /** Names the source in error messages. */
  readonly path: string;
  /** The shape of each tensor by name, and its type where the source has it. */
  readonly tensors: ReadonlyMap<string, TensorFacts>;
  /** The values, or a range of whole rows of them, widened to f32. */
  readF32(
    name: string,
    range?: ElementRange,
  ): Promise<Float32Array<ArrayBuffer>>;
  /** The same as bits of f16. */
  readF16(
    name: string,
    range?: ElementRange,
  ): Promise<Uint16Array<ArrayBuffer>>;
  /** Their bytes, not converted. */
  readBytes(
    name: string,
    range?: ElementRange,
  ): Promise<Uint8Array<ArrayBuffer>>;
}

/** Shape and type of a tensor of a source. */
export interface TensorFacts {
  /** Sizes, the slowest axis first. */
  readonly shape: Shape;
  /** Type, as safetensors names it. */
  readonly dtype?: string;
}

import { type Past, withPast } from "../../autograd/conv3d.ts";
import { rowMajor } from "../../autograd/shapes.ts";
import { copyStrided } from "../../autograd/strided.ts";
import { pinned, type Tensor } from "../../autograd/tensor.ts";
import type { Gpu } from "../../gpu/device.ts";

/**
 * The last frames of one clip that each layer has read, so that the clip can go
 * through a network that is causal in time chunk by chunk. Clips [1, T, H, W, C].
 */
export class FrameCache implements Disposable {
  readonly #frames = new Map<object, Tensor>();

  /** `before` precedes the first chunk. */
  constructor(readonly gpu: Gpu, readonly before: "zeros" | "first frame") {}

  /** Bytes it keeps on the GPU. */
  get bytes(): number {
    return this.#frames.values().reduce((n, t) => n + t.storage.bytes, 0);
  }

  /** While recording: x preceded by `frames` frames. Keeps the last ones for the next chunk. */
  behind(layer: object, x: Tensor, frames: number, isFirst: boolean): Tensor {
    if (frames === 0) return x;
    const past: Past = isFirst ? this.before : this.#of(layer);
    const joined = withPast(x, frames, past);
    this.keep(layer, joined, frames);
    return joined;
  }

  /** While recording: keeps the last `frames` frames of x. */
  keep(layer: object, x: Tensor, frames: number): void {
    const shape = x.shape.with(1, frames);
    const kept = this.#frames.get(layer) ?? pinned(shape);
    this.#frames.set(layer, kept);
    const strides = rowMajor(x.shape);
    copyStrided("keep", shape, {
      tensor: x,
      strides,
      start: (x.dim(1) - frames) * strides[1]!,
    }, { tensor: kept, strides: rowMajor(shape) });
  }

  #of(layer: object): Tensor {
    const kept = this.#frames.get(layer);
    if (kept) return kept;
    throw new Error(
      "Cannot go on with a clip: its first chunk was not recorded",
    );
  }

  /** Gives the frames back. */
  [Symbol.dispose](): void {
    for (const frames of this.#frames.values()) frames.dispose();
    this.#frames.clear();
  }
}

/** A part of a clip on its way through a network. */
export interface Chunk {
  /** Whether the clip begins with it. */
  readonly isFirst: boolean;
  /** What the chunks before it left. */
  readonly cache: FrameCache;
}

import { conv3d, type Conv3dOptions, type Pad } from "../../autograd/conv3d.ts";
import { linear } from "../../autograd/linear.ts";
import { reshape } from "../../autograd/op.ts";
import type { Tensor } from "../../autograd/tensor.ts";
import { Module, Parameter } from "../module.ts";
import type { Chunk } from "./frame_cache.ts";

/** Taps along time, rows and columns. */
export type Taps = readonly [number, number, number];

/** A convolution over clips [1, T, H, W, C] that reads no later frame. */
export class CausalConv extends Module {
  /** [N, kt, kh, kw, C]: see `channelsLast`. */
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly #taps: Taps;

  constructor(inputs: number, outputs: number, taps: Taps) {
    super();
    this.#taps = taps;
    this.weight = new Parameter([outputs, ...taps, inputs]);
    this.bias = new Parameter([outputs]);
  }

  /** Convolves a chunk; the frame count stays. */
  forward(x: Tensor, chunk: Chunk): Tensor {
    const [kt, kh, kw] = this.#taps;
    const joined = chunk.cache.behind(this, x, kt - 1, chunk.isFirst);
    return this.valid(joined, {
      pad: [[0, 0], around(kh), around(kw)],
    });
  }

  /** The frames that x alone is enough for. */
  valid(x: Tensor, options?: Conv3dOptions): Tensor {
    return conv3d(x, this.weight, this.bias, options);
  }
}

function around(taps: number): Pad {
  return [(taps - 1) / 2, (taps - 1) / 2];
}

/** A 3 x 3 convolution of every frame. */
export class FrameConv extends Module {
  /** [N, 3, 3, C]: see `channelsLast`. */
  readonly weight: Parameter;
  readonly bias: Parameter;

  constructor(inputs: number, outputs: number) {
    super();
    this.weight = new Parameter([outputs, 3, 3, inputs]);
    this.bias = new Parameter([outputs]);
  }

  /** Half the rows and columns: zeros at the right and below, stride 2. */
  down(x: Tensor): Tensor {
    return this.#apply(x, {
      stride: [1, 2, 2],
      pad: [[0, 0], [0, 1], [0, 1]],
    });
  }

  /** Twice the rows and columns: nearest upsampling first, which stores nothing. */
  up(x: Tensor): Tensor {
    return this.#apply(x, {
      upsample: [1, 2, 2],
      pad: [[0, 0], [1, 1], [1, 1]],
    });
  }

  #apply(x: Tensor, options: Conv3dOptions): Tensor {
    const { weight } = this;
    const framed = reshape(weight, weight.shape.toSpliced(1, 0, 1));
    return conv3d(x, framed, this.bias, options);
  }
}

/** A product with every place of a frame, kept as a 1 x 1 convolution of frames. */
export class FrameLinear extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;

  constructor(readonly inputs: number, readonly outputs: number) {
    super();
    this.weight = new Parameter([outputs, 1, 1, inputs]);
    this.bias = new Parameter([outputs]);
  }

  forward(x: Tensor): Tensor {
    const W = reshape(this.weight, [this.outputs, this.inputs]);
    return linear(x, W, this.bias);
  }
}

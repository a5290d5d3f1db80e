import { full } from "../../autograd/full.ts";
import { reshape } from "../../autograd/op.ts";
import { permute } from "../../autograd/axes.ts";
import type { Tensor } from "../../autograd/tensor.ts";
import { Module } from "../module.ts";
import { CausalConv, FrameConv } from "./conv.ts";
import type { Chunk } from "./frame_cache.ts";

/** Half the rows and columns, and with `time` half the frames: the first stays by itself. */
export class WanDownsample extends Module {
  readonly resample: readonly [null, FrameConv];
  readonly time_conv: CausalConv | null;

  constructor(channels: number, time: boolean) {
    super();
    this.resample = [null, new FrameConv(channels, channels)];
    this.time_conv = time
      ? new CausalConv(channels, channels, [3, 1, 1])
      : null;
  }

  forward(x: Tensor, { cache, isFirst }: Chunk): Tensor {
    const { time_conv } = this;
    const y = this.resample[1].down(x);
    if (!time_conv) return y;
    if (isFirst) {
      cache.keep(time_conv, y, 1);
      return y;
    }
    const joined = cache.behind(time_conv, y, 1, false);
    return time_conv.valid(joined, { stride: [2, 1, 1] });
  }
}

/** Twice the rows and columns at half the channels; with `time` twice the frames but for the first. */
export class WanUpsample extends Module {
  readonly resample: readonly [null, FrameConv];
  readonly time_conv: CausalConv | null;

  constructor(channels: number, time: boolean) {
    super();
    this.resample = [null, new FrameConv(channels, channels / 2)];
    this.time_conv = time
      ? new CausalConv(channels, 2 * channels, [3, 1, 1])
      : null;
  }

  forward(x: Tensor, chunk: Chunk): Tensor {
    return this.resample[1].up(this.#doubled(x, chunk));
  }

  #doubled(x: Tensor, chunk: Chunk): Tensor {
    const { time_conv } = this;
    if (!time_conv) return x;
    if (chunk.isFirst) {
      // The second frame is preceded by zeros, not by the first.
      chunk.cache.keep(time_conv, full(x.shape.with(1, 2), 0), 2);
      return x;
    }
    const [B, T, H, W, C] = x.shape as [number, number, number, number, number];
    // Two frames from each: the halves of its channels.
    const both = reshape(time_conv.forward(x, chunk), [T, H, W, 2, C]);
    return reshape(permute(both, [0, 3, 1, 2, 4]), [B, 2 * T, H, W, C]);
  }
}

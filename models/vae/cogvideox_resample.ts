import { concat, sliceAxis } from "../../autograd/slices.ts";
import { mean } from "../../autograd/reductions.ts";
import { reshape } from "../../autograd/op.ts";
import type { Tensor } from "../../autograd/tensor.ts";
import { upsampleNearest } from "../../autograd/axes.ts";
import { Module } from "../module.ts";
import { FrameConv } from "./conv.ts";

/** Half the rows and columns, and with `time` the means of pairs of frames. */
export class CogVideoXDownsample extends Module {
  readonly conv: FrameConv;

  constructor(channels: number, readonly time: boolean) {
    super();
    this.conv = new FrameConv(channels, channels);
  }

  forward(x: Tensor): Tensor {
    return this.conv.down(this.time ? perPair(x, paired) : x);
  }
}

/** Twice the rows and columns, and with `time` every frame twice. */
export class CogVideoXUpsample extends Module {
  readonly conv: FrameConv;

  constructor(channels: number, readonly time: boolean) {
    super();
    this.conv = new FrameConv(channels, channels);
  }

  forward(x: Tensor): Tensor {
    const y = this.conv.up(x); // of each frame by itself: repeated afterwards
    return this.time ? perPair(y, twice) : y;
  }
}

/** Changes the number of frames; of an odd number the first is left alone. */
function perPair(x: Tensor, change: (x: Tensor) => Tensor): Tensor {
  const T = x.dim(1);
  if (T === 1) return x;
  if (T % 2 === 0) return change(x);
  const rest = change(sliceAxis(x, 1, 1, T));
  return concat([sliceAxis(x, 1, 0, 1), rest], 1);
}

function paired(x: Tensor): Tensor {
  const [B, T, ...frame] = x.shape as [number, number, ...number[]];
  return mean(reshape(x, [B, T / 2, 2, ...frame]), [2]);
}

function twice(x: Tensor): Tensor {
  return upsampleNearest(x, [1, 2, 1, 1]);
}

import { add } from "../../autograd/binary.ts";
import { channelRmsNorm } from "../../autograd/norm.ts";
import { silu } from "../../autograd/unary.ts";
import type { Tensor } from "../../autograd/tensor.ts";
import { Module, Parameter } from "../module.ts";
import { CausalConv, FrameLinear } from "./conv.ts";
import { frameAttention } from "./frame_attention.ts";
import type { Chunk } from "./frame_cache.ts";

/** RMS norm over the channels; gamma has the axes of a clip or of a frame. */
export class ChannelNorm extends Module {
  readonly gamma: Parameter;

  constructor(channels: number, axes: 2 | 3) {
    super();
    this.gamma = new Parameter([channels, ...Array<number>(axes).fill(1)]);
  }

  forward(x: Tensor): Tensor {
    return channelRmsNorm(x, this.gamma);
  }
}

/** A residual block: two convolutions and a shortcut. */
export class WanResidualBlock extends Module {
  readonly norm1: ChannelNorm;
  readonly conv1: CausalConv;
  readonly norm2: ChannelNorm;
  readonly conv2: CausalConv;
  readonly conv_shortcut: CausalConv | null;

  constructor(inputs: number, outputs: number) {
    super();
    this.norm1 = new ChannelNorm(inputs, 3);
    this.conv1 = new CausalConv(inputs, outputs, [3, 3, 3]);
    this.norm2 = new ChannelNorm(outputs, 3);
    this.conv2 = new CausalConv(outputs, outputs, [3, 3, 3]);
    this.conv_shortcut = inputs === outputs
      ? null
      : new CausalConv(inputs, outputs, [1, 1, 1]);
  }

  forward(x: Tensor, chunk: Chunk): Tensor {
    let h = this.conv1.forward(silu(this.norm1.forward(x)), chunk);
    h = this.conv2.forward(silu(this.norm2.forward(h)), chunk);
    return add(h, this.conv_shortcut?.forward(x, chunk) ?? x);
  }
}

/** Attention of one head among the places of each frame. */
export class WanAttentionBlock extends Module {
  readonly norm: ChannelNorm;
  readonly to_qkv: FrameLinear;
  readonly proj: FrameLinear;

  constructor(channels: number) {
    super();
    this.norm = new ChannelNorm(channels, 2);
    this.to_qkv = new FrameLinear(channels, 3 * channels);
    this.proj = new FrameLinear(channels, channels);
  }

  forward(x: Tensor): Tensor {
    const y = frameAttention(this.to_qkv.forward(this.norm.forward(x)));
    return add(x, this.proj.forward(y));
  }
}

/** The narrow middle of the network. */
export class WanMidBlock extends Module {
  readonly resnets: readonly [WanResidualBlock, WanResidualBlock];
  readonly attentions: readonly [WanAttentionBlock];

  constructor(channels: number) {
    super();
    const block = () => new WanResidualBlock(channels, channels);
    this.resnets = [block(), block()];
    this.attentions = [new WanAttentionBlock(channels)];
  }

  forward(x: Tensor, chunk: Chunk): Tensor {
    const [before, after] = this.resnets;
    const h = this.attentions[0].forward(before.forward(x, chunk));
    return after.forward(h, chunk);
  }
}

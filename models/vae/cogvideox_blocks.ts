import { add } from "../../autograd/binary.ts";
import { concat } from "../../autograd/slices.ts";
import { groupNormSilu, spatialNormSilu } from "../../autograd/group_norm.ts";
import { linear } from "../../autograd/linear.ts";
import { reshape } from "../../autograd/op.ts";
import type { Tensor } from "../../autograd/tensor.ts";
import { Module, Parameter } from "../module.ts";
import { CausalConv, type Taps } from "./conv.ts";
import type { Chunk } from "./frame_cache.ts";

/** A causal convolution under the name it has in these checkpoints. */
export class NestedConv extends Module {
  readonly conv: CausalConv;

  constructor(inputs: number, outputs: number, taps: Taps = [3, 3, 3]) {
    super();
    this.conv = new CausalConv(inputs, outputs, taps);
  }

  forward(x: Tensor, chunk: Chunk): Tensor {
    return this.conv.forward(x, chunk);
  }
}

/** How norms treat a clip. */
export interface NormSize {
  readonly groups: number;
  readonly eps: number;
}

/** silu(norm(x)) over groups of channels of all frames of a chunk. */
export class GroupNormSilu extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;

  constructor(channels: number, readonly size: NormSize) {
    super();
    this.weight = new Parameter([channels]);
    this.bias = new Parameter([channels]);
  }

  forward(x: Tensor): Tensor {
    const { weight, bias } = this;
    return groupNormSilu(x, { ...this.size, weight, bias });
  }
}

/** silu(norm(x) y + b), where y and b come from the latents at the same place. */
export class SpatialNormSilu extends Module {
  readonly norm_layer: GroupNormSilu;
  readonly conv_y: NestedConv;
  readonly conv_b: NestedConv;

  constructor(channels: number, latentChannels: number, groups: number) {
    super();
    this.norm_layer = new GroupNormSilu(channels, { groups, eps: 1e-6 });
    const pointwise = () => new NestedConv(latentChannels, channels, [1, 1, 1]);
    this.conv_y = pointwise();
    this.conv_b = pointwise();
  }

  forward(x: Tensor, latents: Tensor): Tensor {
    const { weight, bias, size } = this.norm_layer;
    const [y, b] = [this.conv_y.conv, this.conv_b.conv];
    // A product with each place commutes with taking the nearest one: small first.
    const W = concat([y.weight, b.weight], 0);
    const flat = reshape(W, [W.dim(0), W.dim(-1)]);
    const yb = linear(latents, flat, concat([y.bias, b.bias], 0));
    return spatialNormSilu(x, yb, { ...size, weight, bias });
  }
}

/** Makes a block's norms; the decoder's read the latents. */
export type MakeNorm = (channels: number) => GroupNormSilu | SpatialNormSilu;

/** A residual block: two convolutions and a shortcut. */
export class CogVideoXResidualBlock extends Module {
  readonly norm1: GroupNormSilu | SpatialNormSilu;
  readonly conv1: NestedConv;
  readonly norm2: GroupNormSilu | SpatialNormSilu;
  readonly conv2: NestedConv;
  readonly conv_shortcut: CausalConv | null;

  constructor(inputs: number, outputs: number, norm: MakeNorm) {
    super();
    this.norm1 = norm(inputs);
    this.conv1 = new NestedConv(inputs, outputs);
    this.norm2 = norm(outputs);
    this.conv2 = new NestedConv(outputs, outputs);
    this.conv_shortcut = inputs === outputs
      ? null
      : new CausalConv(inputs, outputs, [1, 1, 1]);
  }

  /** `latents` are read by the decoder's norms, and ignored by the encoder's. */
  forward(x: Tensor, latents: Tensor, chunk: Chunk): Tensor {
    let h = this.conv1.forward(this.norm1.forward(x, latents), chunk);
    h = this.conv2.forward(this.norm2.forward(h, latents), chunk);
    return add(h, this.conv_shortcut?.forward(x, chunk) ?? x);
  }
}

/** Some blocks of one width. */
export class CogVideoXBlocks extends Module {
  readonly resnets: readonly CogVideoXResidualBlock[];

  constructor(inputs: number, outputs: number, count: number, norm: MakeNorm) {
    super();
    this.resnets = Array.from(
      { length: count },
      (_, n) =>
        new CogVideoXResidualBlock(n === 0 ? inputs : outputs, outputs, norm),
    );
  }

  forward(x: Tensor, latents: Tensor, chunk: Chunk): Tensor {
    for (const block of this.resnets) x = block.forward(x, latents, chunk);
    return x;
  }
}

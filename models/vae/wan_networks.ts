import { silu } from "../../autograd/unary.ts";
import type { Tensor } from "../../autograd/tensor.ts";
import { Module } from "../module.ts";
import { CausalConv } from "./conv.ts";
import type { Chunk } from "./frame_cache.ts";
import { ChannelNorm, WanMidBlock, WanResidualBlock } from "./wan_blocks.ts";
import type { WanVaeConfig } from "./wan_config.ts";
import { WanDownsample, WanUpsample } from "./wan_resample.ts";

/** Pixels to moments. */
export class WanEncoder extends Module {
  readonly conv_in: CausalConv;
  readonly down_blocks: readonly (WanResidualBlock | WanDownsample)[];
  readonly mid_block: WanMidBlock;
  readonly norm_out: ChannelNorm;
  readonly conv_out: CausalConv;

  constructor(config: WanVaeConfig) {
    super();
    const { base_dim, dim_mult, num_res_blocks, z_dim } = config;
    const levels = dim_mult.map((m) => m * base_dim);
    const last = levels.at(-1)!;
    this.conv_in = new CausalConv(3, base_dim, [3, 3, 3]);
    this.down_blocks = levels.flatMap((channels, i) => {
      const before = levels[i - 1] ?? base_dim;
      const time = config.temperal_downsample[i];
      return [
        ...Array.from(
          { length: num_res_blocks },
          (_, n) => new WanResidualBlock(n === 0 ? before : channels, channels),
        ),
        ...(time === undefined ? [] : [new WanDownsample(channels, time)]),
      ];
    });
    this.mid_block = new WanMidBlock(last);
    this.norm_out = new ChannelNorm(last, 3);
    this.conv_out = new CausalConv(last, 2 * z_dim, [3, 3, 3]);
  }

  forward(x: Tensor, chunk: Chunk): Tensor {
    let h = this.conv_in.forward(x, chunk);
    for (const block of this.down_blocks) h = block.forward(h, chunk);
    h = this.mid_block.forward(h, chunk);
    return this.conv_out.forward(silu(this.norm_out.forward(h)), chunk);
  }
}

/** One level of the decoder. */
class WanUpBlock extends Module {
  readonly resnets: readonly WanResidualBlock[];
  readonly upsamplers: readonly WanUpsample[];

  constructor(inputs: number, outputs: number, blocks: number, time?: boolean) {
    super();
    this.resnets = Array.from(
      { length: blocks },
      (_, n) => new WanResidualBlock(n === 0 ? inputs : outputs, outputs),
    );
    this.upsamplers = time === undefined
      ? []
      : [new WanUpsample(outputs, time)];
  }

  forward(x: Tensor, chunk: Chunk): Tensor {
    for (const block of this.resnets) x = block.forward(x, chunk);
    for (const upsampler of this.upsamplers) x = upsampler.forward(x, chunk);
    return x;
  }
}

/** Latents to pixels. */
export class WanDecoder extends Module {
  readonly conv_in: CausalConv;
  readonly mid_block: WanMidBlock;
  readonly up_blocks: readonly WanUpBlock[];
  readonly norm_out: ChannelNorm;
  readonly conv_out: CausalConv;

  constructor(config: WanVaeConfig) {
    super();
    const levels = config.dim_mult.map((m) => m * config.base_dim).reverse();
    const [first, last] = [levels[0]!, levels.at(-1)!];
    const times = config.temperal_downsample.toReversed();
    this.conv_in = new CausalConv(config.z_dim, first, [3, 3, 3]);
    this.mid_block = new WanMidBlock(first);
    this.up_blocks = levels.map((channels, i) => {
      // An upsampler leaves half of its level's channels.
      const inputs = i === 0 ? first : levels[i - 1]! / 2;
      const blocks = config.num_res_blocks + 1;
      return new WanUpBlock(inputs, channels, blocks, times[i]);
    });
    this.norm_out = new ChannelNorm(last, 3);
    this.conv_out = new CausalConv(last, 3, [3, 3, 3]);
  }

  forward(z: Tensor, chunk: Chunk): Tensor {
    let h = this.mid_block.forward(this.conv_in.forward(z, chunk), chunk);
    for (const block of this.up_blocks) h = block.forward(h, chunk);
    return this.conv_out.forward(silu(this.norm_out.forward(h)), chunk);
  }
}

import { clamp } from "../../autograd/clamp.ts";
import { silu } from "../../autograd/silu.ts";
import type { Tensor } from "../../autograd/tensor.ts";
import { Module } from "../module.ts";
import type { VideoAutoencoder } from "./autoencoder.ts";
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

/** Wan 2.1's autoencoder, named as diffusers names it: 1 frame first, then 4 for each latent frame. */
export class AutoencoderKLWan extends Module implements VideoAutoencoder {
  readonly encoder: WanEncoder;
  readonly quant_conv: CausalConv;
  readonly post_quant_conv: CausalConv;
  readonly decoder: WanDecoder;

  constructor(readonly config: WanVaeConfig) {
    super();
    const { z_dim } = config;
    this.encoder = new WanEncoder(config);
    this.quant_conv = new CausalConv(2 * z_dim, 2 * z_dim, [1, 1, 1]);
    this.post_quant_conv = new CausalConv(z_dim, z_dim, [1, 1, 1]);
    this.decoder = new WanDecoder(config);
  }

  get latentChannels(): number {
    return this.config.z_dim;
  }

  get strides(): { time: number; space: number } {
    const { temperal_downsample, dim_mult } = this.config;
    return {
      time: 2 ** temperal_downsample.filter(Boolean).length,
      space: 2 ** (dim_mult.length - 1),
    };
  }

  readonly before = "zeros";

  get mean(): readonly number[] {
    return this.config.latents_mean;
  }

  get scale(): readonly number[] {
    return this.config.latents_std.map((std) => 1 / std);
  }

  readonly tiling = { tile: [32, 32], step: [24, 24] } as const;

  get largestBytes(): number {
    const { time, space } = this.strides;
    const { base_dim, dim_mult: [wide = 1, next = 1] } = this.config;
    // A chunk at full size behind the two frames before it.
    return 4 * (time + 2) * base_dim * Math.max(wide, next / 2) * space ** 2;
  }

  encodeChunks(frames: number): number[] {
    const { time } = this.strides;
    return [1, ...Array<number>((frames - 1) / time).fill(time)];
  }

  decodeChunks(latents: number): number[] {
    return Array<number>(latents).fill(1);
  }

  encode(pixels: Tensor, chunk: Chunk): Tensor {
    return this.quant_conv.valid(this.encoder.forward(pixels, chunk));
  }

  decode(latents: Tensor, chunk: Chunk): Tensor {
    const z = this.post_quant_conv.valid(latents);
    return clamp(this.decoder.forward(z, chunk), -1, 1);
  }
}

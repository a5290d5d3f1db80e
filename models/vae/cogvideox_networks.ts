import type { Tensor } from "../../autograd/tensor.ts";
import { Module } from "../module.ts";
import {
  CogVideoXBlocks,
  GroupNormSilu,
  type MakeNorm,
  NestedConv,
  SpatialNormSilu,
} from "./cogvideox_blocks.ts";
import type { CogVideoXVaeConfig } from "./cogvideox_config.ts";
import {
  CogVideoXDownsample,
  CogVideoXUpsample,
} from "./cogvideox_resample.ts";
import type { Chunk } from "./frame_cache.ts";

/** One level of the encoder. */
class CogVideoXDownBlock extends CogVideoXBlocks {
  readonly downsamplers: readonly CogVideoXDownsample[];

  constructor(
    inputs: number,
    outputs: number,
    count: number,
    norm: MakeNorm,
    time?: boolean,
  ) {
    super(inputs, outputs, count, norm);
    this.downsamplers = time === undefined
      ? []
      : [new CogVideoXDownsample(outputs, time)];
  }

  override forward(x: Tensor, latents: Tensor, chunk: Chunk): Tensor {
    const y = super.forward(x, latents, chunk);
    return this.downsamplers.reduce((h, down) => down.forward(h), y);
  }
}

/** One level of the decoder. */
class CogVideoXUpBlock extends CogVideoXBlocks {
  readonly upsamplers: readonly CogVideoXUpsample[];

  constructor(
    inputs: number,
    outputs: number,
    count: number,
    norm: MakeNorm,
    time?: boolean,
  ) {
    super(inputs, outputs, count, norm);
    this.upsamplers = time === undefined
      ? []
      : [new CogVideoXUpsample(outputs, time)];
  }

  override forward(x: Tensor, latents: Tensor, chunk: Chunk): Tensor {
    const y = super.forward(x, latents, chunk);
    return this.upsamplers.reduce((h, up) => up.forward(h), y);
  }
}

/** Whether a level but the last resamples frames too; undefined for the last. */
function timeOf(
  { block_out_channels, temporal_compression_ratio }: CogVideoXVaeConfig,
  level: number,
): boolean | undefined {
  if (level === block_out_channels.length - 1) return undefined;
  return level < Math.log2(temporal_compression_ratio);
}

/** Pixels to moments. */
export class CogVideoXEncoder extends Module {
  readonly conv_in: NestedConv;
  readonly down_blocks: readonly CogVideoXDownBlock[];
  readonly mid_block: CogVideoXBlocks;
  readonly norm_out: GroupNormSilu;
  readonly conv_out: NestedConv;

  constructor(config: CogVideoXVaeConfig) {
    super();
    const { block_out_channels: levels, layers_per_block, norm_eps } = config;
    const groups = config.norm_num_groups;
    const norm = (n: number) => new GroupNormSilu(n, { groups, eps: norm_eps });
    const [first, last] = [levels[0]!, levels.at(-1)!];
    this.conv_in = new NestedConv(3, first);
    this.down_blocks = levels.map((outputs, i) => {
      const inputs = levels[i - 1] ?? first;
      const time = timeOf(config, i);
      return new CogVideoXDownBlock(
        inputs,
        outputs,
        layers_per_block,
        norm,
        time,
      );
    });
    this.mid_block = new CogVideoXBlocks(last, last, 2, norm);
    this.norm_out = new GroupNormSilu(last, { groups, eps: 1e-6 });
    this.conv_out = new NestedConv(last, 2 * config.latent_channels);
  }

  forward(x: Tensor, chunk: Chunk): Tensor {
    let h = this.conv_in.forward(x, chunk);
    for (const block of this.down_blocks) h = block.forward(h, x, chunk);
    h = this.mid_block.forward(h, x, chunk);
    return this.conv_out.forward(this.norm_out.forward(h), chunk);
  }
}

/** Latents to pixels. */
export class CogVideoXDecoder extends Module {
  readonly conv_in: NestedConv;
  readonly mid_block: CogVideoXBlocks;
  readonly up_blocks: readonly CogVideoXUpBlock[];
  readonly norm_out: SpatialNormSilu;
  readonly conv_out: NestedConv;

  constructor(config: CogVideoXVaeConfig) {
    super();
    const { latent_channels, layers_per_block, norm_num_groups } = config;
    const levels = config.block_out_channels.toReversed();
    const [first, last] = [levels[0]!, levels.at(-1)!];
    const norm = (n: number) =>
      new SpatialNormSilu(n, latent_channels, norm_num_groups);
    this.conv_in = new NestedConv(latent_channels, first);
    this.mid_block = new CogVideoXBlocks(first, first, 2, norm);
    this.up_blocks = levels.map((outputs, i) => {
      const inputs = levels[i - 1] ?? first;
      const time = timeOf(config, i);
      return new CogVideoXUpBlock(
        inputs,
        outputs,
        layers_per_block + 1,
        norm,
        time,
      );
    });
    this.norm_out = norm(last);
    this.conv_out = new NestedConv(last, 3);
  }

  forward(z: Tensor, chunk: Chunk): Tensor {
    let h = this.conv_in.forward(z, chunk);
    h = this.mid_block.forward(h, z, chunk);
    for (const block of this.up_blocks) h = block.forward(h, z, chunk);
    return this.conv_out.forward(this.norm_out.forward(h, z), chunk);
  }
}

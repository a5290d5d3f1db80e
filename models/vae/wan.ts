import type { Tensor } from "../../autograd/tensor.ts";
import { Module } from "../module.ts";
import type { VideoAutoencoder } from "./autoencoder.ts";
import { CausalConv } from "./conv.ts";
import type { Chunk } from "./frame_cache.ts";
import type { WanVaeConfig } from "./wan_config.ts";
import { WanDecoder, WanEncoder } from "./wan_networks.ts";

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

  readonly clamps = true;
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
    // A chunk at full size, preceded by two frames.
    return 4 * (time + 2) * base_dim * Math.max(wide, next / 2) * space ** 2;
  }

  encodeChunks(frames: number): number[] {
    const { time } = this.strides;
    return [1, ...Array<number>((frames - 1) / time).fill(time)];
  }

  decodeChunks(latents: number): number[] {
    return Array<number>(latents).fill(1);
  }

  decodedFrames(latents: number): number {
    return (latents - 1) * this.strides.time + 1;
  }

  encode(pixels: Tensor, chunk: Chunk): Tensor {
    return this.quant_conv.valid(this.encoder.forward(pixels, chunk));
  }

  decode(latents: Tensor, chunk: Chunk): Tensor {
    const z = this.post_quant_conv.valid(latents);
    return this.decoder.forward(z, chunk);
  }
}

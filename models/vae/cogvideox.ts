import type { Tensor } from "../../autograd/tensor.ts";
import { Module } from "../module.ts";
import type { Tiling, VideoAutoencoder } from "./autoencoder.ts";
import type { CogVideoXVaeConfig } from "./cogvideox_config.ts";
import { CogVideoXDecoder, CogVideoXEncoder } from "./cogvideox_networks.ts";
import type { Chunk } from "./frame_cache.ts";

// The norms' statistics span a chunk, so results depend on these lengths.
const PIXEL_FRAMES = 8;
const LATENT_FRAMES = 2;

/** CogVideoX's autoencoder, named as diffusers names it. */
export class AutoencoderKLCogVideoX extends Module implements VideoAutoencoder {
  readonly encoder: CogVideoXEncoder;
  readonly decoder: CogVideoXDecoder;
  readonly clamps = false;
  readonly before = "first frame";

  constructor(readonly config: CogVideoXVaeConfig) {
    super();
    this.encoder = new CogVideoXEncoder(config);
    this.decoder = new CogVideoXDecoder(config);
  }

  get latentChannels(): number {
    return this.config.latent_channels;
  }

  get strides(): { time: number; space: number } {
    const { temporal_compression_ratio, block_out_channels } = this.config;
    return {
      time: temporal_compression_ratio,
      space: 2 ** (block_out_channels.length - 1),
    };
  }

  get mean(): readonly number[] {
    return Array<number>(this.latentChannels).fill(0);
  }

  get scale(): readonly number[] {
    const { scaling_factor } = this.config;
    return Array<number>(this.latentChannels).fill(scaling_factor);
  }

  /** Half a frame of the model's own size, a sixth of the rows and a fifth of the columns shared. */
  get tiling(): Tiling {
    const { sample_height, sample_width } = this.config;
    const { space } = this.strides;
    const half = (n: number) => Math.max(1, Math.floor(n / 2 / space));
    const tile = [half(sample_height), half(sample_width)] as const;
    const step = (n: number, shared: number) =>
      Math.max(1, Math.floor(n * (1 - shared)));
    return { tile, step: [step(tile[0], 1 / 6), step(tile[1], 1 / 5)] };
  }

  get largestBytes(): number {
    const [wide = 0, next = 0] = this.config.block_out_channels;
    // The longest chunks at full size, each preceded by two frames:
    // 13 frames on the way in; on the way out 9, as wide as the level before.
    const values = Math.max((13 + 2) * wide, (9 + 2) * next);
    return 4 * values * this.strides.space ** 2;
  }

  encodeChunks(frames: number): number[] {
    return batches(frames, PIXEL_FRAMES);
  }

  decodeChunks(latents: number): number[] {
    return batches(latents, LATENT_FRAMES);
  }

  /** The first latent frame covers one frame only in a chunk of an odd length. */
  decodedFrames(latents: number): number {
    const { time } = this.strides;
    return latents % 2 === 1 ? (latents - 1) * time + 1 : latents * time;
  }

  encode(pixels: Tensor, chunk: Chunk): Tensor {
    return this.encoder.forward(pixels, chunk);
  }

  decode(latents: Tensor, chunk: Chunk): Tensor {
    return this.decoder.forward(latents, chunk);
  }
}

/** Batches of `size`; the first takes what is left over. */
function batches(frames: number, size: number): number[] {
  const whole = Math.floor(frames / size);
  if (whole === 0) return [frames];
  const rest = Array<number>(whole - 1).fill(size);
  return [size + frames % size, ...rest];
}

import type { ClipSize } from "../core/clip_size.ts";
import type { Gpu } from "../gpu/device.ts";
import { Checkpoint } from "../io/checkpoint.ts";
import type { FileSource } from "../io/file_source.ts";
import type { ClipShape } from "../io/video/clip.ts";
import { checkFit } from "../models/weights/load.ts";
import type { VideoAutoencoder } from "../models/vae/autoencoder.ts";
import { channelsLast } from "../models/vae/channels_last.ts";
import type { HostClip } from "../models/vae/clip.ts";
import { declareVae, openDecoder } from "../models/vae/open.ts";
import { vaeLatentShape } from "../models/vae/video_vae.ts";
import type { VideoCodec } from "./video_codec.ts";

/** A video autoencoder that is on the GPU only while it decodes. */
export class VaeCodec implements VideoCodec {
  readonly firstFrames = 1;
  readonly onGpu = true;
  readonly #folder: string;
  readonly #files: FileSource;
  readonly #model: VideoAutoencoder;

  /** Throws InputError, so that it is not found out after hours, if weights and config do not fit. */
  constructor(checkpoint: Checkpoint, readonly defaultSize: ClipShape) {
    const model = declareVae(checkpoint);
    checkFit(model, channelsLast(checkpoint));
    this.#model = model;
    this.#folder = checkpoint.path;
    this.#files = checkpoint.files;
  }

  latentShape(size: ClipSize): [number, number, number, number] {
    return vaeLatentShape(this.#model, size);
  }

  decodedFrames(latents: number): number {
    return this.#model.decodedFrames(latents);
  }

  async *decode(
    gpu: Gpu,
    latents: Float32Array,
    size: ClipSize,
  ): AsyncGenerator<HostClip> {
    using checkpoint = await Checkpoint.open(this.#folder, {
      files: this.#files,
    });
    using vae = await openDecoder(gpu, checkpoint);
    yield* vae.decode(latents, size);
  }
}

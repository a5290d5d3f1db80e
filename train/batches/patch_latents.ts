import { pinned, type Tensor } from "../../autograd/tensor.ts";
import type { ClipSource } from "../data/clip_source.ts";
import type { Gpu } from "../../gpu/device.ts";
import { GpuPatchCodec } from "../../models/tiny/gpu_patch_codec.ts";
import type { PatchCodec } from "../../models/tiny/patch_codec.ts";
import type { LatentSource } from "./latent_source.ts";

/** Latents of a codec so light that every batch is encoded within its step. */
export class PatchLatents implements LatentSource {
  readonly shape: LatentSource["shape"];
  readonly #codec: GpuPatchCodec;
  readonly #video: Tensor;

  /** Clips of the codec's own size, `batch` at a time. */
  constructor(
    readonly gpu: Gpu,
    codec: PatchCodec,
    readonly clips: ClipSource,
    readonly batch: number,
  ) {
    this.#codec = new GpuPatchCodec(gpu, codec);
    const { size: { frames, height, width }, latentShape } = this.#codec;
    this.shape = latentShape;
    this.#video = pinned([batch, 3, frames, height, width]);
  }

  latents(): Tensor {
    return this.#codec.encode(this.#video);
  }

  async write(first: number): Promise<string[]> {
    const pixels = new Float32Array(this.#video.size);
    const captions: string[] = [];
    for (let b = 0; b < this.batch; b++) {
      const { video, caption } = await this.clips.clip(first + b);
      pixels.set(video, b * video.length);
      captions.push(caption);
    }
    this.#video.write(this.gpu, pixels);
    return captions;
  }

  [Symbol.dispose](): void {
    this.#video.dispose();
    this.#codec[Symbol.dispose]();
  }
}

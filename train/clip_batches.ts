import { pinned, type Tensor } from "../autograd/tensor.ts";
import { Stream } from "../core/random.ts";
import type { ClipSource } from "../data/clip_source.ts";
import type { Gpu } from "../gpu/device.ts";
import type { GpuPatchCodec } from "../models/tiny/gpu_patch_codec.ts";
import type { CallShape } from "../models/video_transformer.ts";
import type { CaptionRows } from "./caption_rows.ts";
import type { BatchSource } from "./distillation.ts";
import type { NoisedBatch } from "./noised_batch.ts";

/** What batches are made of. */
export interface ClipBatchParts {
  readonly source: ClipSource;
  /** Given back with the batches. */
  readonly codec: GpuPatchCodec;
  readonly rows: CaptionRows;
  readonly batch: number;
  readonly seed: number;
  /** Share of batches trained wholly without captions. */
  readonly captionDropout: number;
  /** Above 1 draws more of the high noise levels. */
  readonly noiseShift: number;
}

/** Batches of captioned clips; all random choices follow from (seed, step). */
export class ClipBatches implements BatchSource {
  readonly shape: CallShape;
  readonly #video: Tensor;

  constructor(readonly gpu: Gpu, readonly parts: ClipBatchParts) {
    const { batch, codec: { size, latentShape }, rows } = parts;
    this.shape = { batch, latents: latentShape, textRows: rows.length };
    this.#video = pinned([batch, 3, size.frames, size.height, size.width]);
  }

  latents(): Tensor {
    return this.parts.codec.encode(this.#video);
  }

  async write(
    step: number,
    noised: NoisedBatch,
    text: Tensor,
  ): Promise<number[]> {
    const { batch, seed, source, rows, captionDropout } = this.parts;
    const drop = new Stream(seed, "caption dropout", step).uniform() <
      captionDropout;
    const video = new Float32Array(this.#video.size);
    const captions: string[] = [];
    for (let b = 0; b < batch; b++) {
      const clip = await source.clip(step * batch + b);
      video.set(clip.video, b * clip.video.length);
      captions.push(drop ? "" : clip.caption);
    }
    this.#video.write(this.gpu, video);
    text.write(this.gpu, rows.batch(captions));
    return noised.draw(seed, step, {
      stratified: false,
      shift: this.parts.noiseShift,
    });
  }

  [Symbol.dispose](): void {
    this.#video.dispose(this.gpu);
    this.parts.codec[Symbol.dispose]();
  }
}

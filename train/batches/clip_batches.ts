import type { Tensor } from "../../autograd/tensor.ts";
import { Stream } from "../../core/random.ts";
import type { Gpu } from "../../gpu/device.ts";
import type { CallShape } from "../../models/video_transformer.ts";
import type { CaptionRows } from "./caption_rows.ts";
import type { BatchSource } from "../qvgen/distillation.ts";
import type { LatentSource } from "./latent_source.ts";
import type { NoisedBatch } from "./noised_batch.ts";

/** What batches are made of. */
export interface ClipBatchParts {
  /** Given back with the batches. */
  readonly latents: LatentSource;
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

  constructor(readonly gpu: Gpu, readonly parts: ClipBatchParts) {
    const { batch, latents: { shape }, rows } = parts;
    this.shape = { batch, latents: shape, textRows: rows.length };
  }

  latents(): Tensor {
    return this.parts.latents.latents();
  }

  async write(
    step: number,
    noised: NoisedBatch,
    text: Tensor,
  ): Promise<number[]> {
    const { batch, seed, latents, rows, captionDropout } = this.parts;
    const drop = new Stream(seed, "caption dropout", step).uniform() <
      captionDropout;
    const captions = await latents.write(step * batch);
    const shown = drop ? captions.map(() => "") : captions;
    text.write(this.gpu, await rows.batch(shown));
    return noised.draw(seed, step, {
      stratified: false,
      shift: this.parts.noiseShift,
    });
  }

  [Symbol.dispose](): void {
    this.parts.latents[Symbol.dispose]();
  }
}

import { mse } from "../../autograd/losses.ts";
import { mul, sub } from "../../autograd/binary.ts";
import { reshape } from "../../autograd/op.ts";
import { pinned, type Tensor } from "../../autograd/tensor.ts";
import { Stream } from "../../core/random.ts";
import { proceduralClip } from "../data/procedural.ts";
import type { Gpu } from "../../gpu/device.ts";
import type { PromptTokenizer } from "../../infer/pipeline_folder.ts";
import { encoderInputs, writeIds } from "../../infer/text.ts";
import type { GpuPatchCodec } from "../../models/tiny/gpu_patch_codec.ts";
import type { Umt5EncoderModel } from "../../models/text/text_encoder.ts";
import type { WanTransformer3DModel } from "../../models/wan/transformer.ts";
import { flowLevels } from "../batches/noise.ts";
import { NoisedBatch } from "../batches/noised_batch.ts";
import type { Objective } from "../optim/trainer.ts";

/** What is trained from nothing, and how. */
export interface PretrainParts {
  readonly transformer: WanTransformer3DModel;
  readonly encoder: Umt5EncoderModel;
  readonly codec: GpuPatchCodec;
  readonly prompts: PromptTokenizer;
  readonly batch: number;
  readonly seed: number;
  /** Share of samples trained without a caption, for guidance. */
  readonly captionDropout: number;
  /** Above 1 trains more at high noise. */
  readonly noiseShift: number;
}

/**
 * Flow matching on procedurally rendered clips: the transformer and the text
 * encoder together learn the velocity eps - x0.
 */
export class PretrainObjective implements Objective {
  readonly #video: Tensor;
  readonly #text;
  readonly #wan;
  readonly #noised: NoisedBatch;

  constructor(readonly gpu: Gpu, readonly parts: PretrainParts) {
    const { transformer, encoder, codec, batch, prompts } = parts;
    const { frames, height, width } = codec.size;
    const latents = codec.latentShape;
    this.#video = pinned([batch, 3, frames, height, width]);
    this.#text = encoderInputs(gpu, encoder, batch, prompts.maxTokens);
    this.#wan = transformer.inputs(gpu, {
      batch,
      latents,
      textRows: prompts.maxTokens,
    });
    this.#noised = new NoisedBatch(gpu, { batch, latents }, flowLevels());
  }

  planKey(): string {
    return "flow matching";
  }

  loss(): Tensor {
    const { transformer, encoder, codec } = this.parts;
    const { ids, buckets, keyMask } = this.#text;
    const x0 = codec.encode(this.#video);
    const noisy = this.#noised.mix(x0);
    const rows = encoder.forward(ids, buckets, keyMask);
    const mask = reshape(keyMask, [ids.dim(0), ids.dim(1), 1]);
    const predicted = transformer.forward({
      ...this.#wan,
      latents: noisy,
      text: mul(rows, mask),
    });
    return mse(predicted, sub(this.#noised.noise, x0));
  }

  prepare(step: number): void {
    const { gpu, parts: { batch, seed, prompts, codec, transformer } } = this;
    const dropped = new Stream(seed, "caption dropout", step).uniforms(batch);
    const video = new Float32Array(this.#video.size);
    const ids = Array.from({ length: batch }, (_, b) => {
      const clip = proceduralClip(seed, step * batch + b, codec.size);
      video.set(clip.video, b * clip.video.length);
      const drop = dropped[b]! < this.parts.captionDropout;
      return prompts.tokenizer.encode(drop ? "" : clip.caption);
    });
    this.#video.write(gpu, video);
    writeIds(gpu, this.#text, ids);
    const timesteps = this.#noised.draw(seed, step, {
      stratified: true,
      shift: this.parts.noiseShift,
    });
    this.#wan.time.write(gpu, transformer.timeEmbedding(timesteps));
  }
}

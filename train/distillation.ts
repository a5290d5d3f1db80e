import { mse } from "../autograd/mse.ts";
import { detach } from "../autograd/op.ts";
import { pinned, type Tensor } from "../autograd/tensor.ts";
import { Stream } from "../core/random.ts";
import type { ClipSource } from "../data/clip_source.ts";
import type { Gpu } from "../gpu/device.ts";
import type { ClipRule } from "../models/quant/clip_rule.ts";
import type { GpuPatchCodec } from "../models/tiny/gpu_patch_codec.ts";
import { wanInputs, wanTimeEmbedding } from "../models/wan/inputs.ts";
import type {
  WanInputs,
  WanTransformer3DModel,
} from "../models/wan/transformer.ts";
import type { CaptionRows } from "./caption_rows.ts";
import { FlowBatch } from "./flow_batch.ts";
import { type RankDecay, rankDecayAt } from "./rank_decay.ts";
import type { Student } from "./student.ts";
import type { Objective } from "./trainer.ts";

/** Where the clean latents and the text of a step come from. */
export interface DistillationData {
  readonly source: ClipSource;
  readonly codec: GpuPatchCodec;
  readonly rows: CaptionRows;
  /** Share of batches trained wholly without captions. */
  readonly captionDropout: number;
}

/** What is distilled into what, and how. */
export interface DistillationParts {
  readonly teacher: WanTransformer3DModel;
  readonly student: Pick<Student, "transformer"> & Partial<Student>;
  readonly decay: RankDecay;
  readonly clips: ClipRule;
  readonly data: DistillationData;
  readonly batch: number;
  readonly seed: number;
}

/**
 * Knowledge distillation (Eq. 6): the mean squared difference between the
 * student's velocity and the frozen teacher's, on the same noisy latents.
 */
export class Distillation implements Objective {
  readonly #video: Tensor;
  readonly #index: Tensor | undefined;
  readonly #call: DistillationCall;

  constructor(readonly gpu: Gpu, readonly parts: DistillationParts) {
    const { teacher, student, batch, data: { codec, rows } } = parts;
    const { frames, height, width } = codec.size;
    this.#video = pinned([batch, 3, frames, height, width]);
    this.#index = student.context?.setBatch(batch);
    this.#call = new DistillationCall(gpu, teacher, {
      batch,
      latents: codec.latentShape,
      textRows: rows.length,
    });
  }

  planKey(step: number): string {
    return this.#hasPhi(step) ? "with Phi" : "without Phi";
  }

  loss(step: number): Tensor {
    const { teacher, student, data } = this.parts;
    if (student.context) student.context.phi = this.#hasPhi(step);
    return this.#call.loss(
      data.codec.encode(this.#video),
      teacher,
      student.transformer,
    );
  }

  async prepare(step: number): Promise<void> {
    const { gpu, parts } = this;
    const { batch, seed, data, clips } = parts;
    const drop = new Stream(seed, "caption dropout", step).uniform() <
      data.captionDropout;
    const video = new Float32Array(this.#video.size);
    const captions: string[] = [];
    for (let b = 0; b < batch; b++) {
      const clip = await data.source.clip(step * batch + b);
      video.set(clip.video, b * clip.video.length);
      captions.push(drop ? "" : clip.caption);
    }
    this.#video.write(gpu, video);
    const { inputs, flow } = this.#call;
    inputs.text.write(gpu, data.rows.batch(captions));
    const timesteps = flow.draw(seed, step, { stratified: false });
    const { config } = parts.teacher;
    inputs.time.write(gpu, wanTimeEmbedding(config, timesteps));
    this.#index?.write(gpu, clips.training(timesteps));
    writeGammas(gpu, parts.student, parts.decay, step);
  }

  #hasPhi(step: number): boolean {
    return rankDecayAt(step, this.parts.decay).hasPhi;
  }
}

/** The inputs that teacher and student share, and the loss between them. */
export class DistillationCall {
  readonly inputs: WanInputs;
  readonly flow: FlowBatch;

  constructor(
    gpu: Gpu,
    teacher: WanTransformer3DModel,
    shape: Parameters<typeof wanInputs>[2],
  ) {
    this.inputs = wanInputs(gpu, teacher, shape);
    this.flow = new FlowBatch(gpu, shape);
  }

  /** While recording: the loss on clean latents [B, C, T, H, W]. */
  loss(
    x0: Tensor,
    teacher: WanTransformer3DModel,
    student: WanTransformer3DModel,
  ): Tensor {
    const { noisy } = this.flow.mix(x0);
    const inputs = { ...this.inputs, latents: noisy };
    return mse(student.forward(inputs), detach(teacher.forward(inputs)));
  }
}

/** Writes gamma for every size of Phi that the student's layers have. */
export function writeGammas(
  gpu: Gpu,
  { context }: Partial<Student>,
  decay: RankDecay,
  step: number,
): void {
  for (const size of context?.ranks ?? []) {
    const { gamma } = rankDecayAt(step, decay, size);
    context!.writeGamma(gpu, size, gamma);
  }
}

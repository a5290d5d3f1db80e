import type { Tensor } from "../autograd/tensor.ts";
import type { Gpu } from "../gpu/device.ts";
import type { Plan } from "../gpu/plan.ts";
import { record } from "../gpu/record.ts";
import type { ClipRule } from "../models/quant/clip_rule.ts";
import type { QuantContext } from "../models/quant/context.ts";
import {
  inputTensors,
  type WanCallShape,
  wanInputs,
  wanTimeEmbedding,
} from "../models/wan/inputs.ts";
import type {
  WanInputs,
  WanTransformer3DModel,
} from "../models/wan/transformer.ts";

/** Quantisation state of a transformer whose linears are quantised. */
export interface Quantised {
  readonly context: QuantContext;
  readonly clips: ClipRule;
}

/** A transformer with its plan recorded for calls of one shape. */
export class Denoiser implements Disposable {
  readonly #index: Tensor | undefined;

  private constructor(
    readonly gpu: Gpu,
    readonly transformer: WanTransformer3DModel,
    readonly shape: WanCallShape,
    readonly inputs: WanInputs,
    readonly plan: Plan & { readonly result: Tensor },
    readonly quantised: Quantised | undefined,
    index: Tensor | undefined,
  ) {
    this.#index = index;
  }

  static async create(
    gpu: Gpu,
    transformer: WanTransformer3DModel,
    shape: WanCallShape,
    quantised?: Quantised,
  ): Promise<Denoiser> {
    const inputs = wanInputs(gpu, transformer, shape);
    const index = quantised?.context.setBatch(shape.batch);
    const plan = await record(gpu, () => transformer.forward(inputs).keep());
    return new Denoiser(
      gpu,
      transformer,
      shape,
      inputs,
      plan,
      quantised,
      index,
    );
  }

  /** Text rows [B, M, text_dim] of the calls to come. */
  setText(rows: Float32Array<ArrayBuffer>): void {
    this.inputs.text.write(this.gpu, rows);
  }

  /** The velocities of latents [B, C, T, H, W], all at one timestep. */
  async predict(
    latents: Float32Array<ArrayBuffer>,
    timestep: number,
  ): Promise<Float32Array<ArrayBuffer>> {
    const { gpu, inputs, transformer, shape, plan } = this;
    const timesteps = new Float32Array(shape.batch).fill(timestep);
    inputs.latents.write(gpu, latents);
    inputs.time.write(gpu, wanTimeEmbedding(transformer.config, timesteps));
    if (this.#index && this.quantised) {
      const { clips } = this.quantised;
      this.#index.write(gpu, clips.inference(timestep, shape.batch));
    }
    plan.run();
    return await plan.result.read(gpu);
  }

  [Symbol.dispose](): void {
    this.plan[Symbol.dispose]();
    const { gpu, inputs, plan } = this;
    for (const t of [...inputTensors(inputs), plan.result]) t.dispose(gpu);
    this.#index?.dispose(gpu);
  }
}

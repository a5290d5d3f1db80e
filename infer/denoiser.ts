import type { Tensor } from "../autograd/tensor.ts";
import { withoutGradients } from "../autograd/tape.ts";
import type { Gpu } from "../gpu/device.ts";
import type { Plan } from "../gpu/plan.ts";
import { record } from "../gpu/record.ts";
import type { RangeRule } from "../models/quant/range_rule.ts";
import type { QuantContext } from "../models/quant/context.ts";
import {
  type CallInputs,
  type CallShape,
  inputTensors,
  type VideoTransformer,
} from "../models/video_transformer.ts";

/** Quantisation state of a transformer whose linears are quantised. */
export interface Quantised {
  /** What its quantised linears share. */
  readonly context: QuantContext;
  /** Which activation ranges a call uses. */
  readonly rangeRule: RangeRule;
}

/** A transformer with its plan recorded for calls of one shape. */
export class Denoiser implements Disposable {
  readonly #index: Tensor | undefined;

  private constructor(
    readonly gpu: Gpu,
    readonly transformer: VideoTransformer,
    readonly shape: CallShape,
    readonly inputs: CallInputs,
    readonly plan: Plan & { readonly result: Tensor },
    readonly quantised: Quantised | undefined,
    index: Tensor | undefined,
  ) {
    this.#index = index;
  }

  /** Records and compiles; the driver may still compile at the first call. */
  static async create(
    gpu: Gpu,
    transformer: VideoTransformer,
    shape: CallShape,
    quantised?: Quantised,
  ): Promise<Denoiser> {
    using onFailure = new DisposableStack();
    const inputs = transformer.inputs(gpu, shape);
    for (const tensor of inputTensors(inputs)) onFailure.use(tensor);
    const index = quantised?.context.setBatch(shape.batch);
    if (index) onFailure.use(index);
    const plan = await record(
      gpu,
      () => withoutGradients(() => transformer.forward(inputs).keep()),
    );
    onFailure.move();
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

  /** Text rows [B, M, textDim] of the calls to come. */
  setText(rows: Float32Array<ArrayBuffer>): void {
    this.inputs.text.write(this.gpu, rows);
  }

  /**
   * The velocities of latents [B, C, T, H, W], all at one timestep. The batch
   * counts as `calls` calls one after the other, each of an equal share of it:
   * with guidance, the conditional and the unconditional one.
   */
  async predict(
    latents: Float32Array<ArrayBuffer>,
    timestep: number,
    calls: number = this.shape.batch,
  ): Promise<Float32Array<ArrayBuffer>> {
    const { gpu, inputs, transformer, shape: { batch }, plan } = this;
    const timesteps = new Float32Array(batch).fill(timestep);
    inputs.latents.write(gpu, latents);
    inputs.time.write(gpu, transformer.timeEmbedding(timesteps));
    if (this.#index && this.quantised) {
      const ofCall = this.quantised.rangeRule.inference(timestep, calls);
      const index = Uint32Array.from(
        { length: batch },
        (_, i) => ofCall[Math.floor(i * calls / batch)]!,
      );
      this.#index.write(gpu, index);
    }
    await plan.runInParts();
    return await plan.result.read(gpu);
  }

  /** Gives the plan's memory back; the transformer belongs to others. */
  [Symbol.dispose](): void {
    this.plan[Symbol.dispose]();
    const { inputs, plan } = this;
    for (const t of [...inputTensors(inputs), plan.result, this.#index]) {
      t?.[Symbol.dispose]();
    }
  }
}

import { pinned, sizeOf, type Tensor } from "../../autograd/tensor.ts";
import { withoutGradients } from "../../autograd/tape.ts";
import { InputError } from "../../core/errors.ts";
import type { Gpu } from "../../gpu/device.ts";
import type { Plan } from "../../gpu/plan.ts";
import { record } from "../../gpu/record.ts";
import type { Quantised } from "../../infer/denoiser.ts";
import {
  type CogVideoXInputs,
  CogVideoXTransformer3DModel,
} from "../../models/cogvideox/transformer.ts";
import {
  type CallInputs,
  type CallShape,
  inputTensors,
  type VideoTransformer,
} from "../../models/video_transformer.ts";
import {
  type WanInputs,
  WanTransformer3DModel,
} from "../../models/wan/transformer.ts";

/** A block recorded for random inputs, which its disposal gives back. */
export interface RecordedBlock extends Disposable {
  readonly plan: Plan;
}

/** The first block of a network alone, recorded for a call's shape. */
export async function recordBlock(
  gpu: Gpu,
  network: VideoTransformer,
  shape: CallShape,
  quantised?: Quantised,
): Promise<RecordedBlock> {
  const { batch, latents } = shape;
  const held: Tensor[] = [];
  const index = quantised?.context.setBatch(batch);
  if (index) held.push(index.write(gpu, new Uint32Array(batch)));
  const random = (...sizes: number[]) => {
    const values = new Float32Array(sizeOf(sizes));
    for (let i = 0; i < values.length; i++) values[i] = Math.sin(i * i);
    const t = pinned(sizes).write(gpu, values);
    held.push(t);
    return t;
  };
  const inputs = network.inputs(gpu, shape);
  const rows = sizeOf(network.grid([batch, ...latents]));
  const forward = blockOf(network, inputs, shape, rows, random);
  const plan = await record(
    gpu,
    () => withoutGradients(() => forward().map((t) => t.keep())),
  );
  held.push(...inputTensors(inputs), ...plan.result);
  return {
    plan,
    [Symbol.dispose]() {
      plan[Symbol.dispose]();
      for (const t of held) t.dispose();
    },
  };
}

type Draw = (...sizes: number[]) => Tensor;

function blockOf(
  network: VideoTransformer,
  inputs: CallInputs,
  shape: CallShape,
  rows: number,
  random: Draw,
): () => Tensor[] {
  const { batch, textRows } = shape;
  if (network instanceof WanTransformer3DModel) {
    const { num_attention_heads, attention_head_dim } = network.config;
    const dim = num_attention_heads * attention_head_dim;
    const { cos, sin } = inputs as WanInputs;
    const x = random(batch, rows, dim);
    const context = random(batch, textRows, dim);
    const modulation = random(batch, 6, dim);
    const [block] = network.blocks;
    return () => [
      block!.forward(x, context, modulation, { cos, sin }, "f32"),
    ];
  }
  if (network instanceof CogVideoXTransformer3DModel) {
    const { num_attention_heads, attention_head_dim, time_embed_dim } =
      network.config;
    const dim = num_attention_heads * attention_head_dim;
    const { cos, sin } = inputs as CogVideoXInputs;
    const tables = cos && sin && { cos, sin };
    const x = {
      text: random(batch, textRows, dim),
      video: random(batch, rows, dim),
    };
    const temb = random(batch, time_embed_dim);
    const [block] = network.transformer_blocks;
    return () => Object.values({ ...block!.forward(x, temb, tables, "f32") });
  }
  throw new InputError(
    `There is no bench of a block of ${network.json["_class_name"]}`,
  );
}

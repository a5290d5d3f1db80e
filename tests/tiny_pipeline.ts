import { join } from "@std/path";
import type { Shape } from "../autograd/tensor.ts";
import { VOCABULARY } from "../train/data/captions.ts";
import { writeCheckpoint } from "../io/checkpoint_writer.ts";
import type { TensorToWrite } from "../io/safetensors_writer.ts";
import type { ClipShape } from "../io/video/clip.ts";
import {
  T5EncoderModel,
  type TextEncoder,
  Umt5EncoderModel,
} from "../models/text/text_encoder.ts";
import { wordTokenizerModel } from "../models/text/word_tokenizer.ts";
import { PatchCodec } from "../models/tiny/patch_codec.ts";
import { initialEncoder } from "../train/pretrain/initial_weights.ts";
import { uniform } from "./check.ts";
import { quantizationOf } from "./packed_layer.ts";
import {
  packTiny,
  TINY_COGVIDEOX,
  TINY_CONFIG,
  tinyTensors,
} from "./tiny_transformer.ts";

/** Clips of the pipeline unless another size is asked for: 8 tokens. */
const SIZE: ClipShape = { frames: 4, height: 16, width: 16, fps: 8 };

const ENCODER = {
  vocab_size: VOCABULARY.length + 3,
  d_model: 36,
  d_kv: 6,
  d_ff: 40,
  num_layers: 1,
  num_heads: 6,
  relative_attention_num_buckets: 32,
  relative_attention_max_distance: 128,
  layer_norm_epsilon: 1e-6,
  feed_forward_proj: "gated-gelu",
} as const;

const INDEX = {
  _class_name: "WanPipeline",
  scheduler: ["diffusers", "UniPCMultistepScheduler"],
  text_encoder: ["transformers", "UMT5EncoderModel"],
  tokenizer: ["qvgen", "WordTokenizer"],
  transformer: ["diffusers", "WanTransformer3DModel"],
  vae: ["qvgen", "PatchCodec"],
  inference: { steps: 3, guidance: 2 },
};

/**
 * Writes a pipeline folder of random weights with all that the embedded model
 * has, in `transformer_w4a4` too: clips of 4 frames of 16x16 in 3 steps.
 */
export async function writeTinyPipeline(
  folder: string,
  size: Partial<ClipShape> = {},
): Promise<void> {
  await writeCheckpoint(join(folder, "transformer"), {
    config: TINY_CONFIG,
    tensors: tinyTensors(),
  });
  await writeCheckpoint(
    join(folder, "transformer_w4a4"),
    packTiny(quantizationOf(4)),
  );
  await writeParts(folder, new Umt5EncoderModel(ENCODER), { ...SIZE, ...size });
  await writeJson(folder, "scheduler/scheduler_config.json", {
    _class_name: "UniPCMultistepScheduler",
    num_train_timesteps: 1000,
    flow_shift: 2,
    prediction_type: "flow_prediction",
    use_flow_sigmas: true,
  });
  await writeJson(folder, "model_index.json", INDEX);
}

/** The same for CogVideoX: clips of 8 frames of 16x16 in 3 steps, unquantised. */
export async function writeTinyCogVideoX(
  folder: string,
  size: Partial<ClipShape> = {},
): Promise<void> {
  await writeCheckpoint(join(folder, "transformer"), {
    config: TINY_COGVIDEOX,
    tensors: tinyTensors(1, TINY_COGVIDEOX),
  });
  await writeParts(folder, new T5EncoderModel(ENCODER), {
    ...SIZE,
    frames: 8,
    ...size,
  });
  await writeJson(folder, "scheduler/scheduler_config.json", {
    _class_name: "CogVideoXDDIMScheduler",
    prediction_type: "v_prediction",
    timestep_spacing: "trailing",
    rescale_betas_zero_snr: true,
  });
  await writeJson(folder, "model_index.json", {
    ...INDEX,
    _class_name: "CogVideoXPipeline",
    scheduler: ["diffusers", "CogVideoXDDIMScheduler"],
    text_encoder: ["transformers", "T5EncoderModel"],
    transformer: ["diffusers", "CogVideoXTransformer3DModel"],
  });
}

/** What pipelines of either class have: text encoder, codec and tokenizer. */
async function writeParts(
  folder: string,
  encoder: TextEncoder,
  size: ClipShape,
): Promise<void> {
  await writeCheckpoint(join(folder, "text_encoder"), {
    config: {
      architectures: [
        encoder instanceof T5EncoderModel
          ? "T5EncoderModel"
          : "UMT5EncoderModel",
      ],
      ...ENCODER,
    },
    tensors: f32(initialEncoder(encoder, 1).tensors),
    stem: "model",
  });
  const codec = randomCodec(size);
  await writeCheckpoint(join(folder, "vae"), {
    config: { _class_name: "PatchCodec", ...codec.config },
    tensors: f32(codec.tensors()),
  });
  await Deno.mkdir(join(folder, "tokenizer"));
  await writeJson(
    folder,
    "tokenizer/tokenizer.json",
    wordTokenizerModel(VOCABULARY),
  );
  await writeJson(folder, "tokenizer/tokenizer_config.json", {
    model_max_length: 12,
  });
  await Deno.mkdir(join(folder, "scheduler"));
}

async function writeJson(
  folder: string,
  path: string,
  value: unknown,
): Promise<void> {
  await Deno.writeTextFile(join(folder, path), JSON.stringify(value));
}

function randomCodec(size: ClipShape): PatchCodec {
  const random = uniform(3);
  const values = (n: number) => new Float32Array(n).map(() => random() / 10);
  const patch = [2, 4, 4] as const;
  const length = 3 * patch[0] * patch[1] * patch[2];
  return new PatchCodec(
    { ...size, patch_size: [...patch], latent_channels: 16 },
    values(length),
    values(16 * length),
    new Float32Array(16).fill(1),
  );
}

function f32(
  tensors: ReadonlyMap<
    string,
    { readonly shape: Shape; readonly data: ArrayBufferView }
  >,
): Map<string, TensorToWrite> {
  return new Map(
    [...tensors].map(([name, tensor]) => [name, { dtype: "F32", ...tensor }]),
  );
}

import { join } from "@std/path";
import type { Shape } from "../autograd/tensor.ts";
import { VOCABULARY } from "../data/captions.ts";
import { writeCheckpoint } from "../io/checkpoint_writer.ts";
import type { TensorToWrite } from "../io/safetensors_writer.ts";
import type { ClipShape } from "../io/video/clip.ts";
import { Umt5EncoderModel } from "../models/text/text_encoder.ts";
import { wordTokenizerModel } from "../models/text/word_tokenizer.ts";
import { PatchCodec } from "../models/tiny/patch_codec.ts";
import { initialEncoder } from "../train/pretrain/initial_weights.ts";
import { uniform } from "./check.ts";
import { quantizationOf } from "./packed_layer.ts";
import { packTiny, TINY_CONFIG, tinyTensors } from "./tiny_transformer.ts";

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
  const encoder = new Umt5EncoderModel(ENCODER);
  await writeCheckpoint(join(folder, "text_encoder"), {
    config: { architectures: ["UMT5EncoderModel"], ...ENCODER },
    tensors: f32(initialEncoder(encoder, 1).tensors),
    stem: "model",
  });
  const codec = randomCodec({ ...SIZE, ...size });
  await writeCheckpoint(join(folder, "vae"), {
    config: { _class_name: "PatchCodec", ...codec.config },
    tensors: f32(codec.tensors()),
  });
  const json = async (path: string, value: unknown) => {
    await Deno.writeTextFile(join(folder, path), JSON.stringify(value));
  };
  await Deno.mkdir(join(folder, "tokenizer"));
  await json("tokenizer/tokenizer.json", wordTokenizerModel(VOCABULARY));
  await json("tokenizer/tokenizer_config.json", { model_max_length: 12 });
  await Deno.mkdir(join(folder, "scheduler"));
  await json("scheduler/scheduler_config.json", {
    _class_name: "UniPCMultistepScheduler",
    num_train_timesteps: 1000,
    flow_shift: 2,
    prediction_type: "flow_prediction",
    use_flow_sigmas: true,
  });
  await json("model_index.json", INDEX);
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

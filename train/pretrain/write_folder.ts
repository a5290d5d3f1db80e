import { join } from "@std/path";
import type { Tensor } from "../../autograd/tensor.ts";
import type { Gpu } from "../../gpu/device.ts";
import { writeFileAtomic } from "../../io/atomic.ts";
import { writeCheckpoint } from "../../io/checkpoint_writer.ts";
import { download } from "../../models/weights/save.ts";
import type { PatchCodec } from "../../models/tiny/patch_codec.ts";
import { averages } from "./checkpoint.ts";
import { writeCodec } from "./codec.ts";
import type { Pretraining } from "./run.ts";
import { TINY_TOKENS, tinyIndex, tinyScheduler } from "./tiny_config.ts";

/** How the finished model likes to be sampled. */
export interface SamplingDefaults {
  readonly steps: number;
  readonly guidance: number;
  readonly shift: number;
}

/** Writes the averaged teacher as a diffusers folder, its weights in f16. */
export async function writeTinyFolder(
  gpu: Gpu,
  folder: string,
  { transformer, encoder, tokenizerJson, optimizer }: Pretraining,
  codec: PatchCodec,
  defaults: SamplingDefaults,
): Promise<void> {
  const average = averages(optimizer);
  await writeCheckpoint(join(folder, "transformer"), {
    config: { _class_name: "WanTransformer3DModel", ...transformer.config },
    tensors: download(gpu, under("transformer.", average), "F16"),
  });
  await writeCheckpoint(join(folder, "text_encoder"), {
    config: {
      architectures: ["UMT5EncoderModel"],
      model_type: "umt5",
      ...encoder.config,
    },
    tensors: download(gpu, under("text_encoder.", average), "F16"),
    stem: "model",
  });
  await writeCodec(join(folder, "vae"), codec);
  const write = async (part: string, name: string, value: unknown) => {
    await Deno.mkdir(join(folder, part), { recursive: true });
    const text = JSON.stringify(value, null, 2) + "\n";
    await writeFileAtomic(join(folder, part, name), text);
  };
  await write("tokenizer", "tokenizer.json", tokenizerJson);
  await write("tokenizer", "tokenizer_config.json", {
    model_max_length: TINY_TOKENS,
  });
  await write(
    "scheduler",
    "scheduler_config.json",
    tinyScheduler(defaults.shift),
  );
  const { steps, guidance } = defaults;
  await write("", "model_index.json", tinyIndex({ steps, guidance }));
}

function under(
  prefix: string,
  tensors: readonly (readonly [string, Tensor])[],
): [string, Tensor][] {
  return tensors.filter(([name]) => name.startsWith(prefix))
    .map(([name, t]) => [name.slice(prefix.length), t]);
}

import { assert, assertEquals } from "@std/assert";
import { openGpu } from "../gpu/device.ts";
import { writeCheckpoint } from "../io/checkpoint_writer.ts";
import { blocksOf, frameBytes } from "../models/weights/paged_blocks.ts";
import { parameters } from "../models/module.ts";
import { T5EncoderModel } from "../models/text/text_encoder.ts";
import { uniform } from "../tests/check.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { LoadedTextEncoder } from "./loaded_text_encoder.ts";

const CONFIG = {
  vocab_size: 20,
  d_model: 32,
  d_kv: 8,
  d_ff: 64,
  num_layers: 3,
  num_heads: 4,
  relative_attention_num_buckets: 32,
  relative_attention_max_distance: 128,
  layer_norm_epsilon: 1e-6,
  feed_forward_proj: "gated-gelu",
} as const;

Deno.test("streamed blocks of a text encoder give the same bits in less memory", () =>
  inTemporaryFolder(async (folder) => {
    const model = new T5EncoderModel(CONFIG);
    const random = uniform(1);
    const tensors = new Map(
      [...parameters(model)].map(([name, { shape, size }]) => {
        const data = new Float32Array(size).map(() => random() / 4);
        return [name, { dtype: "F32" as const, shape, data }];
      }),
    );
    const config = { architectures: ["T5EncoderModel"], ...CONFIG };
    await writeCheckpoint(folder, { config, tensors, stem: "model" });
    using gpu = await openGpu();
    const run = async (maxBytes?: number) => {
      const before = gpu.pool.bytes.pinned;
      using encoder = await LoadedTextEncoder.open(
        gpu,
        folder,
        "f32",
        maxBytes,
      );
      const held = gpu.pool.bytes.pinned - before;
      const { data } = await encoder.encode([[5, 9, 1]], 4, "attended");
      return { data, held };
    };
    const before = gpu.pool.bytes.pinned;
    const [whole, streamed] = [await run(), await run(1000)];
    assertEquals(streamed.data, whole.data);
    const block = frameBytes(blocksOf(model.encoder));
    assert(streamed.held < block + 1000 && whole.held > 2 * block);
    assertEquals(gpu.pool.bytes.pinned, before);
  }));

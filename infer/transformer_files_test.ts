import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { parseBits } from "../core/bits.ts";
import { writeCheckpoint } from "../io/checkpoint_writer.ts";
import { writeSafetensors } from "../io/safetensors_writer.ts";
import { parameters } from "../models/module.ts";
import { declareTransformer } from "../models/transformers.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { TINY_CONFIG, tinyTensors } from "../tests/tiny_transformer.ts";
import { openTransformerFiles } from "./transformer_files.ts";

const OFFICIAL = "tests/fixtures/qvgen/wan_w4a4";

Deno.test("an official checkpoint opens as a packed one once its bits are known", async () => {
  const official = { bits: parseBits("W4A4") };
  using files = await openTransformerFiles(OFFICIAL, { official });
  const { config, source } = files;
  assertEquals(config["_class_name"], "WanTransformer3DModel");
  assertEquals(
    (config["quantization_config"] as { weight_bits: number }).weight_bits,
    4,
  );
  assertEquals(source.tensors.get("proj_out.qweight")?.dtype, "U32");
  await assertRejects(
    () => openTransformerFiles(OFFICIAL),
    InputError,
    "does not record its bits: give --bits, as W4A4",
  );
});

Deno.test("a checkpoint that is not official takes no bits", () =>
  inTemporaryFolder(async (folder) => {
    const tensors = tinyTensors();
    await writeCheckpoint(folder, { config: TINY_CONFIG, tensors });
    const official = { bits: parseBits("W4A4") };
    await assertRejects(
      () => openTransformerFiles(folder, { official }),
      InputError,
      `${folder} is no official QVGen checkpoint`,
    );
  }));

Deno.test("a folder of a pipeline stands for its transformer", () =>
  inTemporaryFolder(async (folder) => {
    const tensors = tinyTensors();
    const inside = join(folder, "transformer");
    await writeCheckpoint(inside, { config: TINY_CONFIG, tensors });
    using files = await openTransformerFiles(folder);
    assertEquals(files.where, join(inside, "config.json"));
    assertEquals(files.notes, []);
  }));

Deno.test("a single file takes the config that fits its shapes, and says so", () =>
  inTemporaryFolder(async (folder) => {
    const tensors = tinyTensors();
    const configFolder = join(folder, "transformer");
    await writeCheckpoint(configFolder, { config: TINY_CONFIG, tensors });
    const file = join(folder, "one.safetensors");
    await writeSafetensors(file, tensors);
    using files = await openTransformerFiles(file, { configFolder });
    assertEquals(files.config, TINY_CONFIG);
    assertEquals(files.notes, [
      `${file} is taken to be as ${join(configFolder, "config.json")}`,
    ]);
    // That of another model does not do, and no Wan has heads this narrow.
    const config = { ...TINY_CONFIG, num_layers: 3 };
    await writeCheckpoint(configFolder, { config, tensors });
    await assertRejects(
      () => openTransformerFiles(file, { configFolder }),
      InputError,
      `${file}: it has no config; accepted is a folder`,
    );
  }));

Deno.test("a single file of unknown shapes needs a config", () =>
  inTemporaryFolder(async (folder) => {
    const file = join(folder, "one.safetensors");
    const data = new Float32Array(2);
    await writeSafetensors(
      file,
      new Map([["a.weight", { dtype: "F32", shape: [2], data }]]),
    );
    await assertRejects(
      () => openTransformerFiles(file),
      InputError,
      `${file}: it has no config; accepted is a folder`,
    );
  }));

Deno.test("a config is worked out of a single file's shapes, and said", () =>
  inTemporaryFolder(async (folder) => {
    const file = join(folder, "one.safetensors");
    const head = { num_attention_heads: 2, attention_head_dim: 128 };
    const config = { ...TINY_CONFIG, ...head, rope_max_seq_len: 1024 };
    const network = declareTransformer(config, "config");
    const tensors = [...parameters(network)].map(([name, { shape, size }]) => {
      const data = new Uint16Array(size);
      return [`model.diffusion_model.${name}`, {
        dtype: "F16",
        shape,
        data,
      }] as const;
    });
    await writeSafetensors(file, new Map(tensors));
    using files = await openTransformerFiles(file);
    assertEquals(files.config, config);
    assertEquals(files.notes, [
      `${file} has no config: by its shapes it is a Wan transformer of 2 blocks with 2 heads of 128`,
    ]);
  }));

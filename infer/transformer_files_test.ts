import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { parseBits } from "../core/bits.ts";
import { writeCheckpoint } from "../io/checkpoint_writer.ts";
import { Checkpoint } from "../io/checkpoint.ts";
import {
  type TensorToWrite,
  writeSafetensors,
} from "../io/safetensors_writer.ts";
import { checkFit } from "../models/weights/load.ts";
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

/** A CogVideoX checkpoint as SAT writes it: fused, under other names. */
async function inSatNames(
  source: Checkpoint,
): Promise<Map<string, TensorToWrite>> {
  const tensors = new Map<string, TensorToWrite>();
  const read = (name: string) => source.readF32(name);
  const put = async (
    name: string,
    from: readonly string[],
    parts?: number[],
  ) => {
    const values = (await Promise.all(from.map(read))).flatMap((v) => [...v]);
    const [first = 0, ...rest] = source.tensors.get(from[0]!)!.shape;
    const shape = [first * from.length, ...rest];
    const part = values.length / (parts?.length ?? 1);
    const data = Float32Array.from(values, (_, i) => {
      const at = parts ? parts[Math.floor(i / part)]! * part + i % part : i;
      return values[at]!;
    });
    const prefixed = `model.diffusion_model.${name}`;
    tensors.set(prefixed, { dtype: "F32", shape, data });
  };
  for (const name of source.tensors.keys()) {
    const [, block, rest = ""] =
      /^transformer_blocks\.(\d+)\.(.+)$/.exec(name) ??
        [];
    const part = name.slice(name.lastIndexOf(".") + 1);
    const of = `transformer_blocks.${block}`;
    const layer = `transformer.layers.${block}`;
    if (/attn1\.to_[kv]|norm2\.linear/.test(rest)) continue;
    if (rest.startsWith("attn1.to_q")) {
      const parts = ["q", "k", "v"].map((l) => `${of}.attn1.to_${l}.${part}`);
      await put(`${layer}.attention.query_key_value.${part}`, parts);
    } else if (rest.startsWith("norm1.linear")) {
      const parts = [1, 2].map((n) => `${of}.norm${n}.linear.${part}`);
      await put(
        `mixins.adaln_layer.adaLN_modulations.${block}.1.${part}`,
        parts,
        [0, 1, 2, 6, 7, 8, 3, 4, 5, 9, 10, 11],
      );
    } else await put(satName(name, layer, `${block}.${part}`), [name]);
  }
  return tensors;
}

function satName(name: string, layer: string, last: string): string {
  const rules: [RegExp, string][] = [
    [
      /^transformer_blocks.*norm_q\..*/,
      `mixins.adaln_layer.query_layernorm_list.${last}`,
    ],
    [
      /^transformer_blocks.*norm_k\..*/,
      `mixins.adaln_layer.key_layernorm_list.${last}`,
    ],
    [/^transformer_blocks\.\d+/, layer],
    [/attn1\.to_out\.0/, "attention.dense"],
    [/ff\.net\.0\.proj/, "mlp.dense_h_to_4h"],
    [/ff\.net\.2/, "mlp.dense_4h_to_h"],
    [/norm1\.norm/, "input_layernorm"],
    [/norm2\.norm/, "post_attention_layernorm"],
    [/^norm_final/, "transformer.final_layernorm"],
    [/^time_embedding\.linear_1/, "time_embed.0"],
    [/^time_embedding\.linear_2/, "time_embed.2"],
    [/^patch_embed/, "mixins.patch_embed"],
    [/^norm_out\.linear/, "mixins.final_layer.adaLN_modulation.1"],
    [/^norm_out\.norm/, "mixins.final_layer.norm_final"],
    [/^proj_out/, "mixins.final_layer.linear"],
  ];
  return rules.reduce((n, [from, to]) => n.replace(from, to), name);
}

Deno.test("a SAT file of CogVideoX holds the tensors that diffusers' folder holds", () =>
  inTemporaryFolder(async (folder) => {
    const configFolder = "tests/fixtures/models/cogvideox_2b_tiny";
    using plain = await Checkpoint.open(configFolder);
    const file = join(folder, "sat.safetensors");
    await writeSafetensors(file, await inSatNames(plain));
    using files = await openTransformerFiles(file, { configFolder });
    const { config, source, where, notes } = files;
    assertEquals(notes[0], `${file} has original SAT names`);
    checkFit(declareTransformer(config, where), source);
    for (const name of plain.tensors.keys()) {
      assertEquals(await source.readF32(name), await plain.readF32(name), name);
    }
  }));

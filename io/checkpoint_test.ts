import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { Checkpoint } from "./checkpoint.ts";
import { writeCheckpoint } from "./checkpoint_writer.ts";
import type { TensorToWrite } from "./safetensors_writer.ts";

const BAD = "tests/fixtures/bad";

const TENSORS = new Map<string, TensorToWrite>([
  ["a.weight", {
    dtype: "F32",
    shape: [2, 3],
    data: Float32Array.of(1, 2, 3, 4, 5, 6),
  }],
  ["a.bias", {
    dtype: "F16",
    shape: [2],
    data: Uint16Array.of(0x3c00, 0x4000),
  }],
  ["b.qweight", {
    dtype: "U32",
    shape: [1, 1],
    data: Uint32Array.of(0xfedcba98),
  }],
]);

async function readAll(model: Checkpoint): Promise<Record<string, number[]>> {
  const values: Record<string, number[]> = {};
  for (const name of [...model.tensors.keys()].sort()) {
    values[name] = [...await model.readF32(name)];
  }
  return values;
}

for (const maxShardBytes of [1e9, 24]) {
  Deno.test(`a model folder survives writing and reading in shards of ${maxShardBytes} bytes`, () =>
    inTemporaryFolder(async (parent) => {
      const folder = join(parent, "runs", "model");
      const config = { _class_name: "Tiny", dim: 3 };
      for (let i = 0; i < 2; i++) { // the second replaces the first
        await writeCheckpoint(folder, {
          config,
          tensors: TENSORS,
          maxShardBytes,
        });
      }
      using model = await Checkpoint.open(folder);
      assertEquals(model.config, config);
      assertEquals(model.metadata.get("format"), "pt");
      assertEquals(model.tensors.get("a.weight")?.shape, [2, 3]);
      assertEquals(await readAll(model), {
        "a.bias": [1, 2],
        "a.weight": [1, 2, 3, 4, 5, 6],
        "b.qweight": [Math.fround(0xfedcba98)],
      });
      assertEquals(
        await model.readF16("a.bias"),
        Uint16Array.of(0x3c00, 0x4000),
      );
      const files = [...Deno.readDirSync(folder)].length;
      assertEquals(files, maxShardBytes > 24 ? 2 : 4);
      assertEquals([...Deno.readDirSync(join(parent, "runs"))].length, 1);
    }));
}

Deno.test("a model.safetensors is found, and a bare file needs no config", () =>
  inTemporaryFolder(async (parent) => {
    const folder = join(parent, "t5");
    await writeCheckpoint(folder, {
      config: {},
      tensors: TENSORS,
      stem: "model",
    });
    using model = await Checkpoint.open(folder);
    using bare = await Checkpoint.open(join(folder, "model.safetensors"));
    assertEquals(bare.config, undefined);
    assertEquals(await readAll(bare), await readAll(model));
  }));

Deno.test("a missing shard is refused, naming the shard and the index", async () => {
  await assertRejects(
    () => Checkpoint.open(`${BAD}/shard_missing`),
    InputError,
    "-00002-of-00003.safetensors: there is no such file (a shard named in " +
      `${BAD}/shard_missing/diffusion_pytorch_model.safetensors.index.json)`,
  );
});

Deno.test("shards that are links into the hub's cache are read", () =>
  inTemporaryFolder(async (cache) => {
    const folder = join(cache, "snapshots", "c0", "transformer");
    await writeCheckpoint(folder, {
      config: {},
      tensors: TENSORS,
      maxShardBytes: 24,
    });
    await Deno.mkdir(join(cache, "blobs"));
    for (const { name } of [...Deno.readDirSync(folder)]) {
      await Deno.rename(join(folder, name), join(cache, "blobs", `of-${name}`));
      await Deno.symlink(`../../../blobs/of-${name}`, join(folder, name));
    }
    using model = await Checkpoint.open(folder);
    assertEquals((await readAll(model))["a.bias"], [1, 2]);
  }));

Deno.test("an index may name files of its folder alone, by no path whatever", () =>
  inTemporaryFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "config.json"), "{}");
    const index = join(folder, "model.safetensors.index.json");
    const names = [
      "../a.safetensors",
      "/a.safetensors",
      "inner/a.safetensors",
      "..\\a.safetensors",
      "C:a.safetensors",
      "a.safetensors\0",
      "a.bin",
    ];
    for (const name of names) {
      await Deno.writeTextFile(
        index,
        JSON.stringify({ weight_map: { x: name } }),
      );
      await assertRejects(
        () => Checkpoint.open(folder),
        InputError,
        "but a shard must be a .safetensors file in the same folder",
      );
    }
  }));

Deno.test("an index whose paths leave the folder is refused", async () => {
  await assertRejects(
    () => Checkpoint.open(`${BAD}/index_path_traversal`),
    InputError,
    "a shard must be a .safetensors file in the same folder",
  );
  for (
    const path of [
      "/etc/x.safetensors",
      "..\\x.safetensors",
      "c:x.safetensors",
      7,
    ]
  ) {
    await inTemporaryFolder(async (folder) => {
      await Deno.writeTextFile(join(folder, "config.json"), "{}");
      await Deno.writeTextFile(
        join(folder, "model.safetensors.index.json"),
        JSON.stringify({ weight_map: { x: path } }),
      );
      await assertRejects(
        () => Checkpoint.open(folder),
        InputError,
        "places tensor x",
      );
    });
  }
});

Deno.test("a NaN weight is refused by name unless it is allowed", async () => {
  const folder = `${BAD}/nan_weight`;
  using strict = await Checkpoint.open(folder);
  await assertRejects(
    () => readAll(strict),
    InputError,
    "to_q.weight is not finite at element",
  );
  using lenient = await Checkpoint.open(folder, { allowNonFinite: true });
  const { "blocks.0.attn1.to_q.weight": weight } = await readAll(lenient);
  assertEquals(weight?.some(Number.isNaN), true);
});

Deno.test("a weight beyond the range of f16 is refused by name", () =>
  inTemporaryFolder(async (parent) => {
    const folder = join(parent, "m");
    const x: TensorToWrite = {
      dtype: "F32",
      shape: [1],
      data: Float32Array.of(1e6),
    };
    await writeCheckpoint(folder, { config: {}, tensors: new Map([["x", x]]) });
    using model = await Checkpoint.open(folder);
    await assertRejects(
      () => model.readF16("x"),
      InputError,
      "x is not finite as f16",
    );
    await assertRejects(
      () => model.readF32("y"),
      InputError,
      "it has no tensor y",
    );
  }));

Deno.test("a folder without weights says what was found and what is read", () =>
  inTemporaryFolder(async (folder) => {
    await assertRejects(
      () => Checkpoint.open(folder),
      InputError,
      "config.json: there is no such",
    );
    await Deno.writeTextFile(join(folder, "config.json"), "{}");
    await Deno.writeTextFile(join(folder, "pytorch_model.bin"), "");
    await assertRejects(
      () => Checkpoint.open(folder),
      InputError,
      "found pytorch_model.bin",
    );
    await assertRejects(
      () => Checkpoint.open(join(folder, "nowhere")),
      InputError,
      "there is no such folder",
    );
  }));

import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { partFolder, readModelIndex } from "./model_index.ts";

const INDEX = {
  _class_name: "WanPipeline",
  _diffusers_version: "0.42.1",
  boundary_ratio: null,
  transformer: ["diffusers", "WanTransformer3DModel"],
  transformer_2: [null, null],
  vae: ["diffusers", "AutoencoderKLWan"],
};

Deno.test("a model index names its class, its parts and its settings", () =>
  inTemporaryFolder(async (folder) => {
    await Deno.writeTextFile(
      join(folder, "model_index.json"),
      JSON.stringify(INDEX),
    );
    await Deno.mkdir(join(folder, "vae"));
    const index = await readModelIndex(folder);
    assertEquals(index.className, "WanPipeline");
    assertEquals([...index.parts], [
      ["transformer", "WanTransformer3DModel"],
      ["vae", "AutoencoderKLWan"],
    ]);
    assertEquals(index.settings, { boundary_ratio: null });
    assertEquals(await partFolder(index, "vae"), join(folder, "vae"));
    await assertRejects(
      () => partFolder(index, "transformer"),
      InputError,
      "names transformer (WanTransformer3DModel), but there is no folder transformer",
    );
    await assertRejects(
      () => partFolder(index, "vea"),
      InputError,
      "did you mean vae?",
    );
  }));

Deno.test("a folder without a usable model index is refused by name", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "model_index.json");
    await assertRejects(
      () => readModelIndex(folder),
      InputError,
      `${path}: there is no such file`,
    );
    await Deno.writeTextFile(path, "{");
    await assertRejects(() => readModelIndex(folder), InputError, path);
    await Deno.writeTextFile(path, "{}");
    await assertRejects(
      () => readModelIndex(folder),
      InputError,
      "_class_name must be a text",
    );
  }));

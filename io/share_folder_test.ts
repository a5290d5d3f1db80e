import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { readModelIndex } from "./model_index.ts";
import { shareableFiles, shareableParts, shareFiles } from "./share_folder.ts";

const namesIn = async (folder: string) =>
  (await shareableFiles(folder)).map(({ name }) => name);

Deno.test("shared files are the same ones, links into the hub's cache resolved", () =>
  inTemporaryFolder(async (folder) => {
    const from = join(folder, "snapshots", "abc", "text_encoder");
    await Deno.mkdir(join(from, "inner"), { recursive: true });
    await Deno.mkdir(join(folder, "blobs"));
    await Deno.writeTextFile(join(folder, "blobs", "0a1b"), "weights");
    await Deno.writeTextFile(join(from, "inner", "config.json"), "{}");
    await Deno.symlink(
      "../../../blobs/0a1b",
      join(from, "model.safetensors"),
    );
    const to = join(folder, "to");
    await shareFiles(await shareableFiles(from), to);
    await Deno.remove(from, { recursive: true });
    const text = (name: string) => Deno.readTextFile(join(to, name));
    assertEquals(await text("inner/config.json"), "{}");
    assertEquals(await text("model.safetensors"), "weights");
    assertEquals(
      (await Deno.lstat(join(to, "model.safetensors"))).isFile,
      true,
    );
  }));

Deno.test("a folder can be shared with the same place again", () =>
  inTemporaryFolder(async (folder) => {
    const [from, to] = [join(folder, "from"), join(folder, "to")];
    await Deno.mkdir(from);
    await Deno.writeTextFile(join(from, "model.safetensors"), "weights");
    for (let time = 0; time < 2; time++) {
      await shareFiles(await shareableFiles(from), to);
    }
    for (const at of [from, to]) {
      const text = await Deno.readTextFile(join(at, "model.safetensors"));
      assertEquals(text, "weights");
    }
  }));

Deno.test("neither folders by link nor files of other kinds are shared", () =>
  inTemporaryFolder(async (folder) => {
    const from = join(folder, "vae");
    await Deno.mkdir(from);
    await Deno.mkdir(join(folder, "private"));
    await Deno.writeTextFile(join(folder, "private", "key.json"), "{}");
    for (const name of ["config.json", "README.md", "run.py", ".env"]) {
      await Deno.writeTextFile(join(from, name), "{}");
    }
    await Deno.symlink(".", join(from, "loop"));
    await Deno.symlink(from, join(from, "again.json"));
    await Deno.symlink("../private", join(from, "private"));
    await Deno.symlink("../private/key.json", join(from, "key"));
    assertEquals(await namesIn(from), ["config.json"]);
  }));

Deno.test("a link that leaves the folder, or leads nowhere, is refused by name", () =>
  inTemporaryFolder(async (folder) => {
    const from = join(folder, "model", "vae");
    await Deno.mkdir(from, { recursive: true });
    await Deno.writeTextFile(join(folder, "model_index.json"), "{}");
    await Deno.writeTextFile(join(folder, "secret.json"), "{}");
    const link = join(from, "config.json");
    await Deno.symlink("../../secret.json", link);
    await assertRejects(
      () => shareableFiles(from),
      InputError,
      `${link}: it is a link to ${join(folder, "secret.json")}; accepted are`,
    );
    await Deno.remove(link);
    await Deno.symlink("gone.json", link);
    await assertRejects(
      () => shareableFiles(from),
      InputError,
      "is a link to nothing",
    );
  }));

Deno.test("all parts but the transformer are listed; one without a folder is named", () =>
  inTemporaryFolder(async (folder) => {
    const index = join(folder, "model_index.json");
    const parts = { transformer: ["a", "T"], vae: ["a", "V"] };
    await Deno.writeTextFile(
      index,
      JSON.stringify({ _class_name: "WanPipeline", ...parts }),
    );
    const listed = async () =>
      await shareableParts(await readModelIndex(folder), "transformer");
    await assertRejects(listed, InputError, "there is no folder vae");
    await Deno.mkdir(join(folder, "vae"));
    await Deno.writeTextFile(join(folder, "vae", "config.json"), "{}");
    assertEquals([...(await listed()).keys()], ["vae"]);
  }));

import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { PromptCache } from "./prompt_cache.ts";

const ROWS = {
  length: 4,
  dim: 3,
  data: Float32Array.of(1, 2, 3, 0, 5, 0, 0, 0, 0, 0, 0, 0),
};

Deno.test("Rows come back by what they were made of, zeros at the end included", () =>
  inTemporaryFolder(async (folder) => {
    const cache = new PromptCache(join(folder, "new"));
    const source = { encoder: "e", ids: [3, 1] };
    assertEquals(await cache.read(source), undefined);
    await cache.write(source, ROWS);
    assertEquals(await cache.read({ encoder: "e", ids: [3, 1] }), ROWS);
    assertEquals(await cache.read({ encoder: "f", ids: [3, 1] }), undefined);
    const none = { ...ROWS, data: new Float32Array(12) };
    await cache.write("none", none);
    assertEquals(await cache.read("none"), none);
  }));

Deno.test("A file that cannot be used counts as none, a folder that cannot be written is done without", () =>
  inTemporaryFolder(async (folder) => {
    const cache = new PromptCache(join(folder, "cache"));
    await cache.write(1, ROWS);
    const [file] = [...Deno.readDirSync(cache.folder)];
    await Deno.writeTextFile(join(cache.folder, file!.name), "no tensors");
    assertEquals(await cache.read(1), undefined);
    await Deno.writeTextFile(join(folder, "file"), "");
    await new PromptCache(join(folder, "file")).write(1, ROWS);
  }));

Deno.test("A cache stays within its bytes: the oldest rows go", () =>
  inTemporaryFolder(async (folder) => {
    const other = join(folder, "other");
    await new PromptCache(other).write(1, ROWS);
    const [file] = [...Deno.readDirSync(other)];
    const { size } = await Deno.stat(join(other, file!.name));
    const cache = new PromptCache(join(folder, "cache"), 2.5 * size);
    for (const i of [1, 2, 3]) {
      await cache.write(i, ROWS);
      for (const { name } of Deno.readDirSync(cache.folder)) {
        const path = join(cache.folder, name);
        const age = (await Deno.stat(path)).mtime!.getTime() - 1000;
        await Deno.utime(path, age / 1000, age / 1000);
      }
    }
    const kept = await Promise.all([1, 2, 3].map((i) => cache.read(i)));
    assertEquals(kept.map((rows) => rows !== undefined), [false, true, true]);
  }));

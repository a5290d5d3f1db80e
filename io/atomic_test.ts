import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { replaceFile, replaceFolder, writeFileAtomic } from "./atomic.ts";

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
}

Deno.test("writeFileAtomic() writes text and bytes and leaves nothing else", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "a.txt");
    await writeFileAtomic(path, "grün");
    assertEquals(await Deno.readTextFile(path), "grün");
    await writeFileAtomic(path, Uint8Array.of(1, 2));
    assertEquals(await Deno.readFile(path), Uint8Array.of(1, 2));
    assertEquals(names(folder), ["a.txt"]);
  }));

Deno.test("a write that fails leaves the old file and no temporary one", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "a.txt");
    await writeFileAtomic(path, "old");
    const broken = replaceFile(path, async (file) => {
      await file.write(new Uint8Array(10));
      throw new Error("out of data");
    });
    await assertRejects(
      () => broken,
      Error,
      `Cannot write ${path}: out of data`,
    );
    assertEquals(await Deno.readTextFile(path), "old");
    assertEquals(names(folder), ["a.txt"]);
  }));

Deno.test("replaceFolder() swaps whole folders and keeps the old one on failure", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "model");
    const mine = (name: string) => name.endsWith(".json");
    const write = (name: string) => (to: string) =>
      writeFileAtomic(join(to, name), name);
    await replaceFolder(path, mine, write("a.json"));
    await replaceFolder(path, mine, write("b.json"));
    assertEquals(names(path), ["b.json"]);
    await assertRejects(() =>
      replaceFolder(path, mine, () => Promise.reject(new Error("no disk")))
    );
    assertEquals(names(path), ["b.json"]);
    assertEquals(names(folder), ["model"]);
  }));

Deno.test("replaceFolder() refuses a folder with somebody else's files", () =>
  inTemporaryFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "thesis.tex"), "");
    await assertRejects(
      () =>
        replaceFolder(folder, (name) => name.endsWith(".json"), async () => {}),
      InputError,
      "it also holds thesis.tex",
    );
  }));

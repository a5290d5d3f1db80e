import { assert, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { Checkpoint } from "./checkpoint.ts";
import { readJsonObject } from "./json.ts";

const zeros = "\0".repeat(200);

/** First characters of files of other kinds, and what is said of them. */
const FOREIGN: readonly [string, string][] = [
  ["GGUF\x03\0\0\0\x05" + zeros, "a GGUF file"],
  ["PK\x03\x04\0\0\x08\x08\0\0" + zeros, "a zip archive, as torch.save"],
  [
    "\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M" + zeros,
    "a Python pickle",
  ],
  ["\x80\x04\x95\x10\0\0\0\0\0\0\0}q\0." + zeros, "a Python pickle"],
  [
    "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 1234\n",
    "a Git LFS pointer",
  ],
  ["<!DOCTYPE html><html><body>Sign in</body></html>", "a web page"],
  ["\n  <html lang=en>", "a web page"],
  ["\x89HDF\r\n\x1a\n" + zeros, "an HDF5 file"],
];

const bytesOf = (text: string) =>
  Uint8Array.from(text, (letter) => letter.charCodeAt(0));

Deno.test("files of other kinds are recognised by what they hold, whatever their name", () =>
  inTemporaryFolder(async (folder) => {
    for (const [text, what] of FOREIGN) {
      for (const ending of ["safetensors", "sft", "gguf", "pt", "bin"]) {
        const path = join(folder, `model.${ending}`);
        await Deno.writeFile(path, bytesOf(text));
        const error = await assertRejects(
          () => Checkpoint.open(path),
          InputError,
          `Cannot read ${path}: it is ${what}`,
        );
        assert(error instanceof Error);
        assert(error.message.endsWith("; accepted is a safetensors file"));
      }
      const config = join(folder, "config.json");
      await Deno.writeFile(config, bytesOf(text));
      await assertRejects(() => readJsonObject(config), InputError, what);
    }
  }));

Deno.test("what a server answered in the place of a file is quoted", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "model.safetensors");
    for (
      const text of ['{"error":"Repository not found"}', "Entry not found"]
    ) {
      await Deno.writeTextFile(path, text);
      await assertRejects(
        () => Checkpoint.open(path),
        InputError,
        `it is the text ${JSON.stringify(text)}; accepted is a safetensors`,
      );
    }
  }));

Deno.test("safetensors files are read under any name", () =>
  inTemporaryFolder(async (folder) => {
    const from = "tests/fixtures/dtypes/reader_bf16.safetensors";
    await Deno.writeTextFile(join(folder, "config.json"), "{}");
    for (const name of ["a.SAFETENSORS", "a.sft", "a.bin"]) {
      const path = join(folder, name);
      await Deno.copyFile(from, path);
      using file = await Checkpoint.open(path);
      assert(file.tensors.has("x"));
    }
    await Deno.copyFile(from, join(folder, "model.SafeTensors"));
    using whole = await Checkpoint.open(folder);
    assert(whole.tensors.has("x"));
  }));

Deno.test("a link of the hub's cache that leads nowhere is said to be one", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "model.safetensors");
    await Deno.symlink("../../blobs/0a1b", path);
    await assertRejects(
      () => Checkpoint.open(path),
      InputError,
      `${path}: it is a link to ../../blobs/0a1b, which is not there`,
    );
  }));

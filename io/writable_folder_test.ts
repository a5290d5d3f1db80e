import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { writeFileAtomic } from "./atomic.ts";
import { checkFileWritable } from "./writable_folder.ts";

Deno.test("checkFileWritable() refuses what cannot be written, and leaves nothing behind", () =>
  inTemporaryFolder(async (folder) => {
    const refused = async (path: string, message: string) => {
      await assertRejects(() => checkFileWritable(path), InputError, message);
    };
    await refused(folder, `Cannot write ${folder}: it is a folder`);
    const long = "一".repeat(86); // 258 bytes
    for (const path of [join(folder, long), join(folder, "new", long, "a")]) {
      await refused(path, `Cannot write ${path}: File name too long`);
    }
    assertEquals([...Deno.readDirSync(folder)], []);
  }));

Deno.test("a name of 255 bytes, the longest of most disks, is accepted and written", () =>
  inTemporaryFolder(async (folder) => {
    const name = "n".repeat(255);
    await checkFileWritable(join(folder, name));
    await writeFileAtomic(join(folder, name), "text");
    assertEquals([...Deno.readDirSync(folder)].map((e) => e.name), [name]);
  }));

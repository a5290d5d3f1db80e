import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { shareFolder } from "./share_folder.ts";

Deno.test("a shared folder holds the same files, links resolved", () =>
  inTemporaryFolder(async (folder) => {
    const from = join(folder, "from");
    await Deno.mkdir(join(from, "inner"), { recursive: true });
    await Deno.writeTextFile(join(folder, "blob"), "weights");
    await Deno.writeTextFile(join(from, "inner", "config.json"), "{}");
    await Deno.symlink("../blob", join(from, "model.safetensors"));
    const to = join(folder, "to");
    await shareFolder(from, to);
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
    for (let time = 0; time < 2; time++) await shareFolder(from, to);
    for (const at of [from, to]) {
      const text = await Deno.readTextFile(join(at, "model.safetensors"));
      assertEquals(text, "weights");
    }
  }));

import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { fileHash } from "./file_hash.ts";

Deno.test("fileHash() is the SHA-256 of a file of any length", () =>
  inTemporaryFolder(async (folder) => {
    for (const length of [0, 3, 2 ** 20 + 5]) {
      const bytes = new Uint8Array(length).map((_, i) => i * i);
      const path = join(folder, `${length}`);
      await Deno.writeFile(path, bytes);
      const whole = await crypto.subtle.digest("SHA-256", bytes);
      assertEquals(await fileHash(path), new Uint8Array(whole).toHex());
    }
  }));

import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { Preview } from "./preview.ts";

Deno.test("A preview that cannot be written is said once, and the clip goes on", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "new", "now.png");
    const told: string[] = [];
    const preview = new Preview(path, (text) => told.push(text));
    await Deno.writeTextFile(
      join(folder, "new"),
      "a file in the folder's place",
    );
    const size = { height: 8, width: 8 };
    const gray = { ...size, data: new Uint8Array(3 * 64) };
    for (let i = 0; i < 2; i++) await preview.show(() => Promise.resolve(gray));
    assertEquals(told.length, 1);
    assertEquals(told[0]!.endsWith("the clip goes on without a preview"), true);
  }));

import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import {
  addToTuningFile,
  changedChoices,
  readTuningFile,
} from "./tuning_file.ts";

const [A, B] = [{ form: "a", sources: "1" }, { form: "b", sources: "2" }];

Deno.test("a tuning file keeps each adapter's choices, old and new", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "new", "tuning.json");
    assertEquals(await readTuningFile(path, "one"), {});
    await addToTuningFile(path, "one", { x: A, y: A });
    await addToTuningFile(path, "two", { x: B });
    await addToTuningFile(path, "one", { y: B });
    assertEquals(await readTuningFile(path, "one"), { x: A, y: B });
    assertEquals(await readTuningFile(path, "two"), { x: B });
    assertEquals(await readTuningFile(path, "toString"), {});
  }));

Deno.test("what is broken in a tuning file is refused or left out, and replaced", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "tuning.json");
    const odd = { adapters: { one: { x: A, y: 1, z: { form: 2 } } } };
    await Deno.writeTextFile(path, JSON.stringify(odd));
    assertEquals(await readTuningFile(path, "one"), { x: A });
    for (const text of ["{", "[]", ""]) {
      await Deno.writeTextFile(path, text);
      await assertRejects(() => readTuningFile(path, "one"), InputError, path);
    }
    await addToTuningFile(path, "one", { x: B });
    assertEquals(await readTuningFile(path, "one"), { x: B });
  }));

Deno.test("changedChoices() names what was known and is another now", () => {
  assertEquals(changedChoices({ x: A, y: A }, { x: B, y: A, z: B }), [
    "x: b instead of a",
  ]);
});

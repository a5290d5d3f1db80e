import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../../core/errors.ts";
import { inTemporaryFolder } from "../../tests/temporary_folder.ts";
import { MomentStore } from "./moment_store.ts";

const SHAPE = [2, 1, 2, 3] as const;

Deno.test("moments that are damaged are named, and encoded again", () =>
  inTemporaryFolder(async (folder) => {
    const data = Float32Array.from({ length: 12 }, (_, i) => i);
    await new MomentStore(folder).write("a clip", { shape: SHAPE, data });
    const [{ name }] = [...Deno.readDirSync(folder)] as [Deno.DirEntry];
    const path = join(folder, name);
    const bytes = await Deno.readFile(path);
    bytes[bytes.length - 2]! ^= 1;
    await Deno.writeFile(path, bytes);

    const store = new MomentStore(folder);
    assert(await store.has("a clip", SHAPE));
    await assertRejects(
      () => store.read("a clip"),
      InputError,
      `Cannot read ${path}: tensor moments is damaged`,
    );
    assertEquals(await store.has("a clip", SHAPE), false);
    await store.write("a clip", { shape: SHAPE, data });
    assertEquals((await store.read("a clip")).data, data);
  }));

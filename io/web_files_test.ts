import { assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../core/errors.ts";
import { FileServer } from "../tests/file_server.ts";
import { Checkpoint } from "./checkpoint.ts";
import { readModelIndex } from "./model_index.ts";
import { webFiles } from "./web_files.ts";

const ASSETS = "assets";

for (const ranges of [true, false]) {
  const which = ranges ? "with" : "without";
  Deno.test(`a checkpoint on a web server ${which} ranges reads as that on the disk`, async () => {
    await using server = new FileServer(ASSETS, ranges);
    const files = webFiles(server.url("tiny/"));
    assertEquals(files.root, "tiny");
    assertEquals((await files.stat("tiny/vae"))?.kind, "folder");
    assertEquals(await files.stat("tiny/nothing"), undefined);
    using remote = await Checkpoint.open("tiny/vae", { files });
    using local = await Checkpoint.open(`${ASSETS}/tiny/vae`);
    assertEquals([...remote.tensors], [...local.tensors]);
    for (const name of local.tensors.keys()) {
      assertEquals(await remote.readF32(name), await local.readF32(name));
    }
    const whole = server.seen.filter((line) => /^GET [^ ]*$/.test(line));
    assertEquals(whole, []); // weights come in ranges where there are any
  });
}

Deno.test("a file that a web server replaces while it is read is refused", async () => {
  await using server = new FileServer(ASSETS);
  const files = webFiles(server.url("tiny"));
  using file = await files.open("tiny/model_index.json");
  assertEquals((await file.read(1, 4)).length, 4);
  await assertRejects(
    () => file.read(file.size - 1, 4),
    InputError,
    "it changed or ended while it was read",
  );
  server.etag = "second";
  await assertRejects(() => file.read(1, 4), InputError, "it changed");
});

Deno.test("what a web server does not have is named with its address", async () => {
  await using server = new FileServer(ASSETS);
  const none = webFiles(server.url("none"));
  const address = server.url("none/model_index.json");
  await assertRejects(
    () => readModelIndex(none.root, none),
    InputError,
    `Cannot read none/model_index.json: there is no such file at ${address}`,
  );
  await assertRejects(
    () => none.list("none/vae"),
    InputError,
    `there is no such folder at ${server.url("none/vae")}`,
  );
});

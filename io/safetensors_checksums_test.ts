import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { SafetensorsFile } from "./safetensors.ts";
import { type TensorToWrite, writeSafetensors } from "./safetensors_writer.ts";

const TENSORS = new Map<string, TensorToWrite>([
  ["a.weight", { dtype: "F32", shape: [2, 3], data: new Float32Array(6) }],
  ["0", { dtype: "F32", shape: [1], data: Float32Array.of(1) }],
  ["none", { dtype: "U32", shape: [0], data: new Uint32Array() }],
  ["b", { dtype: "F16", shape: [5], data: Uint16Array.of(1, 2, 3, 4, 5) }],
]);

async function readAll(path: string): Promise<void> {
  using file = await SafetensorsFile.open(path);
  assert(file.checked, "the file is taken for one without checksums");
  for (const name of file.tensors.keys()) await file.readBytes(name);
}

Deno.test("every flipped bit of a file that was written is noticed while it is read", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "a.safetensors");
    await writeSafetensors(path, TENSORS, { 7: "seven", format: "pt" });
    await readAll(path);
    const bytes = await Deno.readFile(path);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      await Deno.writeFile(path, bytes);
      await assertRejects(() => readAll(path), InputError, path);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
    }
  }));

Deno.test("a tensor read in ranges is compared once its last range is there", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "a.safetensors");
    const data = Uint16Array.from({ length: 100 }, (_, i) => i);
    await writeSafetensors(
      path,
      new Map([["x", { dtype: "U16" as const, shape: [100], data }]]),
    );
    const file = await Deno.open(path, { write: true });
    await file.seek(-1, Deno.SeekMode.End);
    await file.write(Uint8Array.of(1));
    file.close();
    using damaged = await SafetensorsFile.open(path);
    await damaged.readBytes("x", { start: 90, count: 10 }); // out of turn
    await damaged.readBytes("x", { start: 0, count: 60 });
    const rest = { start: 60, count: 40 };
    await assertRejects(
      () => damaged.readBytes("x", rest),
      InputError,
      "tensor x is damaged",
    );
  }));

Deno.test("a file without checksums is read as before", async () => {
  using file = await SafetensorsFile.open(
    "tests/fixtures/dtypes/reader_bf16.safetensors",
  );
  assertEquals(file.checked, false);
  assertEquals((await file.readF32("x")).length, 48);
});

import { assertEquals, assertRejects } from "@std/assert";
import { readAll } from "../../autograd/tensor.ts";
import { f32ToF16 } from "../../core/half.ts";
import type { ElementRange } from "../../core/element_range.ts";
import { openGpu } from "../../gpu/device.ts";
import { readback } from "../../gpu/readback.ts";
import { MemorySource } from "./load.ts";
import { Parameter } from "../module.ts";
import { Uploader } from "./upload.ts";

const data = Float32Array.from({ length: 7 * 5 }, (_, i) => i / 4);

class CountingSource extends MemorySource {
  readonly ranges: (ElementRange | undefined)[] = [];

  constructor() {
    super("memory", new Map([["w", { shape: [7, 5], data }]]));
  }

  override readF32(name: string, range?: ElementRange) {
    this.ranges.push(range);
    return super.readF32(name, range);
  }
}

Deno.test("a tensor larger than a piece is read and uploaded some rows at a time", async () => {
  using gpu = await openGpu();
  for (const pieceBytes of [1, 4 * 5 * 4, 4 * 7 * 5]) {
    const source = new CountingSource();
    const uploader = new Uploader(gpu, source, pieceBytes);
    const w = new Parameter([7, 5]);
    await uploader.write("w", w);
    await uploader.flush();
    const [got] = await readAll(gpu, [w]);
    assertEquals(got, data);
    const most = Math.max(2, Math.floor(pieceBytes / 20 / 2) * 2);
    const largest = source.ranges.map((r) => (r?.count ?? 35) / 5);
    assertEquals(Math.max(...largest), pieceBytes < 140 ? most : 7);
  }
});

Deno.test("halves are uploaded in pieces of whole words", async () => {
  using gpu = await openGpu();
  const w = new Parameter([7, 5], "weight", "f16");
  await new Uploader(gpu, new CountingSource(), 4).write("w", w);
  const [words] = await readback(gpu, [w.storage]);
  assertEquals(new Uint16Array(words!).slice(0, 35), f32ToF16(data));
});

Deno.test("a source that does not keep to the range is found out", async () => {
  using gpu = await openGpu();
  const source = new CountingSource();
  source.readF32 = () => Promise.resolve(data);
  await assertRejects(
    () => new Uploader(gpu, source, 4).write("w", new Parameter([7, 5])),
    RangeError,
    "Cannot upload w: 140 bytes do not fill 10 elements of f32",
  );
});

Deno.test("words of a source are uploaded from a part of a larger array too", async () => {
  using gpu = await openGpu();
  const all = Uint8Array.from({ length: 40 }, (_, i) => i);
  for (const start of [3, 8]) {
    const source = new CountingSource();
    source.readBytes = () => Promise.resolve(all.subarray(start, start + 24));
    const words = new Parameter([2, 3], "weight", "u32");
    await new Uploader(gpu, source).write("w", words);
    const [got] = await readback(gpu, [words.storage]);
    assertEquals(new Uint8Array(got!), all.slice(start, start + 24));
  }
});

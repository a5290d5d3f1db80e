import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { add } from "../autograd/binary.ts";
import { fromArray, pinned, type Tensor } from "../autograd/tensor.ts";
import { type Gpu, openGpu } from "./device.ts";
import { isPaged, PageFrame, settleInside } from "./paging.ts";
import { record } from "./record.ts";
import { Storage } from "./storage.ts";

/** Two tensors a page, all pages in the memory of one; logs what is filled. */
function pages(gpu: Gpu, count: number, log: string[]): Tensor[][] {
  const frame = new PageFrame();
  const buffers = [gpu.pool.pin(16), gpu.pool.pin(16)];
  return Array.from({ length: count }, (_, page) =>
    buffers.map((buffer, i) => {
      const t = pinned([4]);
      t.storage.settle(buffer, 0);
      frame.add(page, t.storage, () => {
        log.push(`${page}.${i}`);
        t.write(gpu, new Float32Array(4).fill(10 ** page * (i + 1)));
        return Promise.resolve();
      });
      return t;
    }));
}

Deno.test("a plan fills each page before the steps that need it, and nothing else", async () => {
  using gpu = await openGpu();
  const log: string[] = [];
  const [a, b, c] = pages(gpu, 3, log) as [Tensor[], Tensor[], Tensor[]];
  const x = fromArray(gpu, [4], [1, 2, 3, 4]);
  using plan = await record(gpu, () => {
    const first = add(add(x, a[0]!), a[1]!);
    return add(add(first, b[1]!), c[0]!).keep();
  });
  for (let run = 0; run < 2; run++) {
    await plan.runInParts();
    assertEquals([...await plan.result.read(gpu)], [124, 125, 126, 127]);
  }
  assertEquals(log, ["0.0", "0.1", "1.1", "2.0", "0.0", "0.1", "1.1", "2.0"]);
  assertThrows(() => plan.run(), Error, "paged weights");
});

Deno.test("a page that is still there is not filled again", async () => {
  using gpu = await openGpu();
  const log: string[] = [];
  const [[a, b]] = pages(gpu, 1, log) as [[Tensor, Tensor]];
  using first = await record(gpu, () => add(a, a).keep());
  using second = await record(gpu, () => add(a, b).keep());
  await first.runInParts();
  await second.runInParts();
  assertEquals(log, ["0.0", "0.1"]);
});

Deno.test("a part of a paged tensor is paged with it", async () => {
  using gpu = await openGpu();
  const [[a]] = pages(gpu, 1, []) as [[Tensor]];
  const part = new Storage(8);
  settleInside(a.storage, part, 0);
  assertEquals([part.buffer, isPaged(part)], [a.storage.buffer, true]);
  assertThrows(
    () => settleInside(new Storage(8), new Storage(4), 0),
    Error,
    "no memory yet",
  );
});

Deno.test("a step cannot need two pages", async () => {
  using gpu = await openGpu();
  const [[a], [b]] = pages(gpu, 2, []) as [[Tensor], [Tensor]];
  await assertRejects(
    () => record(gpu, () => add(a, b).keep()),
    Error,
    "two pages",
  );
});

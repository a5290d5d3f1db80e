import { assertThrows } from "@std/assert";
import { openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { assertClose } from "../tests/check.ts";
import { embedding } from "./embedding.ts";
import { gradients } from "./op.ts";
import { fromArray, pinned, readAll } from "./tensor.ts";

Deno.test("embedding reads rows, and repeated ids sum their gradients", async () => {
  using gpu = await openGpu();
  const [V, D] = [6, 11];
  const words = [4, 0, 4, 5, 0, 4];
  const values = Array.from({ length: V * D }, (_, i) => i / 8);
  const slopes = Array.from(
    { length: words.length * D },
    (_, i) => (i * 7) % 13,
  );
  const table = fromArray(gpu, [V, D], values);
  const ids = pinned([2, 3], "u32").write(gpu, Uint32Array.from(words));
  const dy = fromArray(gpu, [2, 3, D], slopes);
  using plan = await record(gpu, () => {
    const y = embedding(table, ids);
    return [y, gradients(y, dy, [table])[0]!].map((t) => t.keep());
  });
  plan.run();
  const [y, dtable] = await readAll(gpu, plan.result);
  assertClose(y!, words.flatMap((id) => values.slice(id * D, (id + 1) * D)), 0);
  const want = values.map(() => 0);
  words.forEach((id, t) => {
    for (let i = 0; i < D; i++) want[id * D + i]! += slopes[t * D + i]!;
  });
  assertClose(dtable!, want, 0);
});

Deno.test("embedding names a table or ids that do not fit", async () => {
  using gpu = await openGpu();
  const table = fromArray(gpu, [2, 2], [1, 2, 3, 4]);
  const ids = pinned([3], "u32").write(gpu, Uint32Array.of(0, 1, 0));
  await record(gpu, () => {
    assertThrows(() => embedding(table, table), TypeError, "found f32 [2,2]");
    const flat = fromArray(gpu, [4], [1, 2, 3, 4]);
    assertThrows(() => embedding(flat, ids), RangeError, "[4] is not [V, D]");
  });
});

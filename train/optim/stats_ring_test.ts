import { assertEquals, assertThrows } from "@std/assert";
import { fromArray } from "../../autograd/tensor.ts";
import { openGpu } from "../../gpu/device.ts";
import { record } from "../../gpu/record.ts";
import { StatsRing } from "./stats_ring.ts";

Deno.test("a ring keeps every step until it is read", async () => {
  using gpu = await openGpu();
  const loss = fromArray(gpu, [1], [0]);
  const stats = fromArray(gpu, [2], [0, 0]);
  const ring = new StatsRing(gpu, 2, 3);
  using plan = await record(gpu, () => ring.record(loss, stats));
  for (const step of [7, 8, 9]) {
    loss.write(gpu, Float32Array.of(step / 2));
    stats.write(gpu, Float32Array.of(step, -step));
    ring.begin(step);
    plan.run();
  }
  assertThrows(() => ring.begin(10), Error, "full");
  const rows = await ring.read();
  assertEquals(
    rows.map((r) => [r.step, r.loss, ...r.stats]),
    [[7, 3.5, 7, -7], [8, 4, 8, -8], [9, 4.5, 9, -9]],
  );
  assertEquals(await ring.read(), []);
});

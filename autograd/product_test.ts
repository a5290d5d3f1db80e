import { assertAlmostEquals, assertEquals } from "@std/assert";
import { openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { summed } from "./product.ts";
import { fromArray } from "./tensor.ts";

Deno.test("summed() adds many short rows up", async () => {
  using gpu = await openGpu();
  const shape = [2, 17408, 12];
  const value = (i: number) => Math.sin(i) + 0.01;
  const x = fromArray(
    gpu,
    shape,
    Float32Array.from({ length: 2 * 17408 * 12 }, (_, i) => value(i)),
  );
  using plan = await record(gpu, () => summed(x, 1).keep());
  plan.run();
  const y = await plan.result.read(gpu);
  assertEquals(plan.result.shape, [2, 1, 12]);
  for (let i = 0; i < 24; i++) {
    const first = Math.floor(i / 12) * 17408 * 12 + i % 12;
    let sum = 0;
    for (let r = 0; r < 17408; r++) sum += value(first + 12 * r);
    assertAlmostEquals(y[i]!, sum, 1e-2);
  }
});

import { assertEquals, assertThrows } from "@std/assert";
import { openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { checkOp } from "../tests/check.ts";
import { mse, weightedMse } from "./losses.ts";
import { fromArray } from "./tensor.ts";

Deno.test("mse is the mean of squared differences, forward and backward", async () => {
  await checkOp((y, t) => mse(y!, t!), [[3, 4, 5], [3, 4, 5]], ([y, t]) => [
    y!.reduce((sum, v, i) => sum + (v - t![i]!) ** 2, 0) / 60,
  ]);
});

Deno.test("weightedMse weighs samples, forward and backward", async () => {
  await checkOp(
    (y, t, w) => weightedMse(y!, t!, w!),
    [[3, 4, 5], [3, 4, 5], [3]],
    ([y, t, w]) => [
      y!.reduce(
        (sum, v, i) => sum + w![Math.floor(i / 20)]! * (v - t![i]!) ** 2,
        0,
      ) / 60,
    ],
  );
});

Deno.test("losses have shape [1] and take one weight a sample", async () => {
  using gpu = await openGpu();
  const y = fromArray(gpu, [2, 3], [1, 2, 3, 4, 5, 6]);
  const w = fromArray(gpu, [3], [1, 1, 1]);
  await record(gpu, () => {
    assertEquals(mse(y, y).shape, [1]);
    assertThrows(
      () => weightedMse(y, y, w),
      RangeError,
      "weights [3] are not one a sample of [2,3]",
    );
  });
});

import { assertThrows } from "@std/assert";
import { checkCase } from "../tests/check_case.ts";
import { checkOp } from "../tests/check.ts";
import { permute, upsampleNearest } from "./axes.ts";
import { Tensor } from "./tensor.ts";

Deno.test("upsampleNearest() agrees with torch", async () => {
  await checkCase("ops/upsample_nearest2x", ["x"], (x) => {
    const y = upsampleNearest(permute(x!, [0, 2, 3, 1]), [1, 2, 2]);
    return permute(y, [0, 3, 1, 2]);
  });
});

Deno.test("upsampleNearest() repeats frames too", async () => {
  await checkOp(
    (x) => upsampleNearest(x!, [2, 1, 1]),
    [[3, 2, 2, 4]],
    ([x]) => [0, 0, 1, 1, 2, 2].flatMap((t) => x!.slice(16 * t, 16 * (t + 1))),
  );
});

Deno.test("upsampleNearest() asks for a factor an axis", () => {
  assertThrows(
    () => upsampleNearest(new Tensor([2, 2, 4]), [2]),
    RangeError,
    "Cannot upsample [2,2,4]: it takes one whole factor for each axis but the last, found [2]",
  );
});

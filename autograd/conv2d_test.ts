import { checkCase } from "../tests/check_case.ts";
import { conv2d } from "./conv2d.ts";
import { permute } from "./axes.ts";
import type { Tensor } from "./tensor.ts";

const last = (x?: Tensor) => permute(x!, [0, 2, 3, 1]);
const first = (y: Tensor) => permute(y, [0, 3, 1, 2]);

for (const without of [[], ["subgroups"]] as const) {
  const form = without.length ? "workgroup memory" : "subgroups";
  Deno.test(`conv2d() agrees with torch, padded and with a stride, with ${form}`, async () => {
    const names = ["x", "w", "b"];
    const gpu = { without };
    await checkCase(
      "ops/conv2d_same",
      names,
      (x, w, b) =>
        first(conv2d(last(x), last(w), b, { pad: [[1, 1], [1, 1]] })),
      { gpu },
    );
    await checkCase(
      "ops/conv2d_down",
      names,
      (x, w, b) =>
        first(
          conv2d(last(x), last(w), b, {
            stride: [2, 2],
            pad: [[0, 1], [0, 1]],
          }),
        ),
      { gpu },
    );
  });
}

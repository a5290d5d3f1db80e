import { assertThrows } from "@std/assert";
import { openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { assertClose, checkOp, uniform } from "../tests/check.ts";
import { checkCase } from "../tests/check_case.ts";
import { linear, type LinearOptions } from "./linear.ts";
import { gradients } from "./op.ts";
import { fromArray, pinned, Tensor } from "./tensor.ts";

/** y = x W^T + b in plain numbers. */
function reference(
  [x, W, b]: ArrayLike<number>[],
  [M, K, N]: readonly [number, number, number],
): number[] {
  return Array.from({ length: M * N }, (_, i) => {
    const [r, c] = [Math.floor(i / N), i % N];
    let sum = b?.[c] ?? 0;
    for (let k = 0; k < K; k++) sum += x![r * K + k]! * W![c * K + k]!;
    return sum;
  });
}

Deno.test("linear() agrees with torch", async () => {
  const op = (x?: Tensor, w?: Tensor, b?: Tensor) => linear(x!, w!, b);
  await checkCase("ops/linear_bias", ["x", "w", "b"], op);
  await checkCase("ops/linear_nobias", ["x", "w"], op);
});

for (const without of [[], ["subgroups"]] as const) {
  const form = without.length ? "workgroup memory" : "subgroups";
  for (
    const size of [
      [1, 4, 8],
      [1, 1, 1],
      [7, 9, 5],
      [33, 130, 3],
      [37, 22, 70],
      [66, 12, 36],
    ] as const
  ) {
    const [M, K, N] = size;
    Deno.test(`linear() of ${size} matches its definition with ${form}`, async () => {
      await checkOp(
        (x, W, b) => linear(x!, W!, b),
        [[1, M, K], [N, K], [N]],
        (inputs) => reference(inputs, size),
        { gpu: { without } },
      );
    });
  }

  for (const K of [40, 12]) {
    Deno.test(`linear() widens an f16 weight of ${K} columns with ${form}`, async () => {
      using gpu = await openGpu({ without });
      const random = uniform(3);
      const [M, N] = [11, 20];
      const x = Float32Array.from({ length: M * K }, random);
      const W = Float16Array.from({ length: N * K }, random);
      const weight = pinned([N, K], "f16")
        .write(gpu, new Uint32Array(W.buffer));
      const xs = fromArray(gpu, [M, K], x);
      using plan = await record(gpu, () => linear(xs, weight).keep());
      plan.run();
      const y = await plan.result.read(gpu);
      assertClose(y, reference([x, W], [M, K, N]), 1e-6);
    });
  }
}

Deno.test("linear() sums the gradient of the bias over many rows", async () => {
  using gpu = await openGpu();
  const [M, N] = [20_001, 5];
  const dy = Float32Array.from({ length: M * N }, uniform(5));
  const [x, W, b] = [[M, 4], [N, 4], [N]].map((s) => pinned(s));
  const seed = fromArray(gpu, [M, N], dy);
  using plan = await record(
    gpu,
    () => gradients(linear(x!, W!, b), seed, [b!])[0]!.keep(),
  );
  plan.run();
  const want = [0, 1, 2, 3, 4].map((c) =>
    dy.reduce((sum, v, i) => i % N === c ? sum + v : sum, 0)
  );
  assertClose(await plan.result.read(gpu), want, 1e-5);
});

Deno.test("linear() says which shapes do not fit", () => {
  assertThrows(
    () => linear(new Tensor([2, 3]), new Tensor([4, 5])),
    RangeError,
    "x [2,3] has 3 columns, weight [4,5] takes 5",
  );
  const relu = { activation: "relu" } as unknown as LinearOptions;
  assertThrows(
    () => linear(new Tensor([2, 5]), new Tensor([4, 5]), undefined, relu),
    RangeError,
    "found the activation relu, accepted are gelu and silu",
  );
});

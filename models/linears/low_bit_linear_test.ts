import { assert, assertEquals, assertRejects } from "@std/assert";
import { fromArray, readAll } from "../../autograd/tensor.ts";
import { InputError } from "../../core/errors.ts";
import { openGpu } from "../../gpu/device.ts";
import { record } from "../../gpu/record.ts";
import { uniform } from "../../tests/check.ts";
import { Linear } from "./linear.ts";
import { MemorySource, type MemoryTensor } from "../weights/load.ts";
import { loadLowBit } from "./low_bit_linear.ts";

const values = (shape: readonly number[], seed: number): MemoryTensor => {
  const random = uniform(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, data: new Float32Array(size).map(random) };
};

for (const [bits, error] of [[8, 0.01], [4, 0.1]] as const) {
  for (const inputs of [128, 50]) {
    Deno.test(`A linear of ${inputs} inputs computes with ${bits}-bit weights in a share of the memory`, async () => {
      using gpu = await openGpu();
      const before = gpu.pool.bytes.pinned;
      const model: { up: Linear } = { up: new Linear(inputs, 96) };
      const weight = values([96, inputs], 1);
      const bias = values([96], 2);
      await loadLowBit(
        gpu,
        model,
        new MemorySource(
          "memory",
          new Map([["up.weight", weight], ["up.bias", bias]]),
        ),
        bits,
      );
      const [held, all] = [gpu.pool.bytes.pinned - before, 4 * 96 * inputs];
      // Codes, 64 bits a group, the bias, and what the pool rounds up.
      assert(held < all * bits / 32 + 96 * 8 * 2 + 96 * 4 + 4 * 256, `${held}`);

      const x = values([3, inputs], 3);
      const X = fromArray(gpu, x.shape, x.data);
      using plan = await record(gpu, () => model.up.forward(X).keep());
      plan.run();
      const [y] = await readAll(gpu, [plan.result]);
      const want = Array.from({ length: 3 * 96 }, (_, i) => {
        const [row, n] = [Math.floor(i / 96), i % 96];
        let sum = bias.data[n]!;
        for (let k = 0; k < inputs; k++) {
          sum += x.data[row * inputs + k]! * weight.data[n * inputs + k]!;
        }
        return sum;
      });
      const norm = (list: number[]) => Math.hypot(...list);
      const off = norm(want.map((w, i) => w - y![i]!)) / norm(want);
      assert(off > 0 && off < error, `off by ${off}`);

      for (const t of [X, plan.result]) t.dispose();
      model.up[Symbol.dispose]();
      assertEquals(gpu.pool.bytes.pinned, before);
    });
  }
}

Deno.test("Weights that do not fit are refused before any is quantised", async () => {
  using gpu = await openGpu();
  const source = new MemorySource(
    "memory",
    new Map([["up.weight", values([8, 4], 1)]]),
  );
  await assertRejects(
    () => loadLowBit(gpu, { up: new Linear(8, 4) }, source, 4),
    InputError,
    "1 missing: up.bias; 1 misshapen: up.weight",
  );
});

Deno.test("Weights are quantised while another plan is at work, after its parts", async () => {
  using gpu = await openGpu();
  const { promise, resolve } = Promise.withResolvers<void>();
  const busy = gpu.exclusive(() => promise);
  const model: { up: Linear } = { up: new Linear(8, 4) };
  const tensors = new Map([
    ["up.weight", values([4, 8], 1)],
    ["up.bias", values([4], 2)],
  ]);
  const source = new MemorySource("memory", tensors);
  const loading = loadLowBit(gpu, model, source, 8);
  setTimeout(resolve, 50);
  await Promise.all([busy, loading]);
  using _up = model.up;
});

import { assert, assertEquals } from "@std/assert";
import { openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { assertClose, uniform } from "../tests/check.ts";
import { add } from "./binary.ts";
import { checkpoint } from "./checkpoint.ts";
import { gelu } from "./unary.ts";
import { linear } from "./linear.ts";
import { gradients } from "./op.ts";
import { softmax } from "./softmax.ts";
import { fromArray, readAll, type Tensor } from "./tensor.ts";

const [ROWS, WIDTH, BLOCKS] = [64, 32, 6];

/** Value, gradients and planned bytes of a stack of blocks. */
async function stack(kept: boolean) {
  using gpu = await openGpu();
  const random = uniform(3);
  const matrix = (n: number, m: number) =>
    fromArray(gpu, [n, m], Array.from({ length: n * m }, () => random() / 4));
  const x = matrix(ROWS, WIDTH);
  const weights = Array.from({ length: BLOCKS }, () => matrix(WIDTH, WIDTH));
  const dy = matrix(ROWS, WIDTH);
  using plan = await record(gpu, () => {
    const shared = gelu(x); // from outside of all blocks, used in each
    const block = (w: Tensor) => (h: Tensor) => {
      const inner = softmax(gelu(linear(add(h, shared), w)));
      return add(h, linear(gelu(gelu(inner)), w));
    };
    const h = weights.reduce(
      (h, w) => kept ? block(w)(h) : checkpoint(block(w), [h]),
      x,
    );
    const grads = gradients(h, dy, [x, ...weights]).map((g) => g!.keep());
    return [h.keep(), ...grads];
  });
  plan.run();
  const values = await readAll(gpu, plan.result);
  return { values, bytes: plan.plannedBytes, steps: plan.steps.length };
}

Deno.test("a checkpoint changes no value, repeats the forward, and saves memory", async () => {
  const [kept, again] = [await stack(true), await stack(false)];
  assertEquals(again.values[0], kept.values[0]);
  for (const [i, gradient] of again.values.entries()) {
    // Sums of gradients are taken in another order.
    assertClose(gradient, kept.values[i]!, 2e-6, `gradient ${i}`);
  }
  assert(again.steps > kept.steps + 4 * BLOCKS);
  assert(
    again.bytes < 0.6 * kept.bytes,
    `${again.bytes} bytes instead of ${kept.bytes}`,
  );
});

Deno.test("gradients go through checkpoints in checkpoints, and through one that only passes its input on", async () => {
  using gpu = await openGpu();
  const x = fromArray(gpu, [4], [-1, 0, 1, 2]);
  const dy = fromArray(gpu, [4], [1, 2, 3, 4]);
  using plan = await record(gpu, () => {
    const twice = (x: Tensor) => gelu(gelu(x));
    const plain = gradients(twice(twice(x)), dy, [x])[0]!.keep();
    const y = checkpoint(
      (x) => checkpoint(twice, [checkpoint(twice, [x])]),
      [checkpoint((x) => x, [x])],
    );
    return [plain, gradients(y, dy, [x])[0]!.keep()];
  });
  plan.run();
  const [plain, nested] = await readAll(gpu, plan.result);
  assertEquals(nested, plain);
});

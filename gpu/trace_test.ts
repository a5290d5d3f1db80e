import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { transposed } from "../autograd/product.ts";
import { accumulate } from "../kernels/accumulate.ts";
import { emit, emitEither } from "./emit.ts";
import { gelu } from "../autograd/unary.ts";
import { add } from "../autograd/binary.ts";
import { linear } from "../autograd/linear.ts";
import { mul } from "../autograd/binary.ts";
import { gradients } from "../autograd/op.ts";
import { fromArray, pinned, readAll } from "../autograd/tensor.ts";
import { withoutGradients } from "../autograd/tape.ts";
import { openGpu } from "./device.ts";
import { record } from "./record.ts";

Deno.test("an op outside of record() is named", () => {
  const x = pinned([2, 2]);
  for (
    const [name, call] of [
      ["gelu()", () => gelu(x)],
      ["add()", () => add(x, x)],
      ["linear()", () => linear(x, x)],
      ["gradients()", () => gradients(x, x, [x])],
      ["add()", () => withoutGradients(() => add(x, x))],
    ] as const
  ) {
    assertThrows(call, Error, `${name} outside of record(): call it in`);
  }
});

Deno.test("record() refuses async and nested functions", async () => {
  using gpu = await openGpu();
  const x = fromArray(gpu, [2], [1, 2]);
  for (
    const trace of [
      (): unknown => Promise.resolve(1),
      // deno-lint-ignore require-await
      async () => gelu(x).keep(),
      async () => {
        await Promise.resolve();
        return gelu(x).keep();
      },
      () => [x].map((x) => Promise.resolve(x)),
      () => ({ y: Promise.resolve(x) }),
    ]
  ) {
    await assertRejects(() => record(gpu, trace), Error, "returns a promise");
  }
  await assertRejects(
    () =>
      record(gpu, function* () {
        yield gelu(x).keep();
      }),
    TypeError,
    "returns a generator",
  );
  let inner: Promise<unknown> | undefined;
  await assertRejects(
    () => record(gpu, () => inner = record(gpu, () => gelu(x).keep())),
    Error,
    "returns a promise",
  );
  await assertRejects(() => inner!, Error, "already being recorded");
  using plan = await record(gpu, () => gelu(x).keep()); // no trace is left open
  plan.run();
});

Deno.test("a gradient of another size than its result is refused", async () => {
  using gpu = await openGpu();
  const [x, dy] = [fromArray(gpu, [2], [3, 4]), fromArray(gpu, [1], [1])];
  await assertRejects(
    () => record(gpu, () => gradients(mul(x, x), dy, [x])),
    RangeError,
    "Cannot take gradients of [2]: its own gradient dy is [1]",
  );
});

Deno.test("a transpose serves no values but those that it was made of", async () => {
  using gpu = await openGpu();
  const x = fromArray(gpu, [4, 4], Array.from({ length: 16 }, (_, i) => i));
  using plan = await record(gpu, () => {
    const t = add(x, x);
    const first = transposed(t);
    assert(transposed(t) === first);
    emit(accumulate, { a: x, b: x, c: t }, 1); // writes t again
    const second = transposed(t);
    assert(second !== first);
    const y = emitEither(
      () => add(t, t),
      (y) => void emit(accumulate, { a: transposed(x), b: x, c: y }, 1),
    );
    assert(transposed(x) !== transposed(t)); // that of the other way may not be there
    return [first, second, y, add(transposed(x), x)].map((t) => t.keep());
  });
  plan.run();
  const [first] = await readAll(gpu, plan.result);
  assertEquals([...first!.slice(0, 4)], [0, 8, 16, 24]);
});

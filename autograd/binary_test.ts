import { assertThrows } from "@std/assert";
import { openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { assertClose, checkOp } from "../tests/check.ts";
import { add, div, geluGated, maximum, mul, sub, where } from "./binary.ts";
import { gradients } from "./op.ts";
import { broadcastShape, stretched } from "./shapes.ts";
import {
  fromArray,
  readAll,
  type Shape,
  sizeOf,
  type Tensor,
} from "./tensor.ts";

/** f over stretched operands, one element at a time. */
function broadcast(
  f: (a: number, b: number) => number,
  shapes: readonly [Shape, Shape],
) {
  const to = broadcastShape("test", ...shapes);
  const strides = shapes.map((shape) => stretched(shape, to));
  const at = (i: number, k: number) => {
    let offset = 0;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      offset += i % to[axis]! * strides[k]![axis]!;
      i = Math.floor(i / to[axis]!);
    }
    return offset;
  };
  return ([a, b]: number[][]) =>
    Array.from(
      { length: sizeOf(to) },
      (_, i) => f(a![at(i, 0)]!, b![at(i, 1)]!),
    );
}

const OPS: [
  string,
  (a: Tensor, b: Tensor) => Tensor,
  (a: number, b: number) => number,
][] = [
  ["add", add, (a, b) => a + b],
  ["sub", sub, (a, b) => a - b],
  ["mul", mul, (a, b) => a * b],
  ["div", div, (a, b) => a / b],
  ["maximum", maximum, Math.max],
];

const SHAPES: [Shape, Shape][] = [
  [[5, 12], [5, 12]],
  [[2, 3, 8], [2, 1, 8]],
  [[2, 3, 8], [8]],
  [[2, 3, 4], [1, 1, 4]],
  [[2, 1, 3], [5, 1]],
  [[7], []],
];

for (const [name, op, f] of OPS) {
  Deno.test(`${name} broadcasts, forward and backward`, async () => {
    for (const shapes of SHAPES) {
      await checkOp((a, b) => op(a!, b!), shapes, broadcast(f, shapes), {
        values: (v, input) => input === 1 ? 1.5 + v : 1.45 - v,
      });
    }
  });
}

Deno.test("six axes that do not join are walked", async () => {
  const shapes: [Shape, Shape] = [[2, 1, 3, 1, 2, 1], [1, 2, 1, 2, 1, 4]];
  await checkOp(
    (a, b) => mul(a!, b!),
    shapes,
    broadcast((a, b) => a * b, shapes),
  );
});

Deno.test("maximum halves the gradient where both are equal", async () => {
  using gpu = await openGpu();
  const a = fromArray(gpu, [3], [1, 2, 3]);
  const b = fromArray(gpu, [3], [2, 2, 2]);
  const dy = fromArray(gpu, [3], [10, 20, 30]);
  using plan = await record(
    gpu,
    () => gradients(maximum(a, b), dy, [a, b]).map((g) => g!.keep()),
  );
  plan.run();
  const [da, db] = await readAll(gpu, plan.result);
  assertClose(da!, [0, 10, 30], 0);
  assertClose(db!, [10, 10, 0], 0);
});

Deno.test("where chooses even beside infinities, and sends the gradient along", async () => {
  using gpu = await openGpu();
  const c = fromArray(gpu, [4], [1, 0, -1, 0.5]);
  const a = fromArray(gpu, [4], [1, Infinity, 3, 4]);
  const b = fromArray(gpu, [1], [7]);
  const dy = fromArray(gpu, [4], [1, 2, 3, 4]);
  using plan = await record(gpu, () => {
    const y = where(c, a, b);
    return [y, ...gradients(y, dy, [a, b])].map((t) => t!.keep());
  });
  plan.run();
  const [y, da, db] = await readAll(gpu, plan.result);
  assertClose(y!, [1, 7, 7, 4], 0);
  assertClose(da!, [1, 0, 0, 4], 0);
  assertClose(db!, [5], 0);
});

Deno.test("geluGated is the tanh GELU of a times b", async () => {
  const gelu = (x: number) =>
    0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
  await checkOp(
    (a, b) => geluGated(a!, b!),
    [[3, 8], [3, 8]],
    ([a, b]) => a!.map((v, i) => gelu(v) * b![i]!),
  );
});

Deno.test("shapes that do not broadcast are named", async () => {
  using gpu = await openGpu();
  const a = fromArray(gpu, [2, 3], new Float32Array(6));
  const b = fromArray(gpu, [2], new Float32Array(2));
  await record(gpu, () => {
    assertThrows(
      () => add(a, b),
      RangeError,
      "Cannot apply add: [2,3] and [2] do not broadcast",
    );
  });
});

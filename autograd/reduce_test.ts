import { assertEquals, assertThrows } from "@std/assert";
import { openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { assertClose, checkOp, uniform } from "../tests/check.ts";
import { amax, amin, mean, sum, variance } from "./reductions.ts";
import { gradients } from "./op.ts";
import { rowMajor } from "./shapes.ts";
import { fromArray, readAll, type Shape, sizeOf, Tensor } from "./tensor.ts";

/** `f` over the elements that share the coordinates outside `dims`, in plain numbers. */
function grouped(
  shape: Shape,
  dims: readonly number[],
  f: (values: number[]) => number,
) {
  const kept = shape.map((n, i) => dims.includes(i) ? 1 : n);
  const [from, to] = [rowMajor(shape), rowMajor(kept)];
  return ([x]: number[][]) => {
    const groups = Array.from({ length: sizeOf(kept) }, (): number[] => []);
    x!.forEach((v, i) => {
      const at = shape.map((n, k) => Math.floor(i / from[k]!) % n);
      const group = at.reduce(
        (sum, c, k) => sum + (dims.includes(k) ? 0 : c * to[k]!),
        0,
      );
      groups[group]!.push(v);
    });
    return groups.map(f);
  };
}

const add = (values: number[]) => values.reduce((a, b) => a + b, 0);
const average = (values: number[]) => add(values) / values.length;
const spread = (values: number[]) => {
  const middle = average(values);
  return average(values.map((v) => (v - middle) ** 2));
};

// The last axis in vectors and not, leading axes, middle ones, two runs, all.
const CASES: [Shape, number[]][] = [
  [[3, 256], [1]],
  [[5, 131], [1]],
  [[7, 12], [0]],
  [[300, 8], [0]],
  [[2, 5, 6], [1]],
  [[3, 4, 2, 8], [0, 2]],
  [[3, 2, 6], [0, 1, 2]],
  [[1, 4], [0]],
];

Deno.test("sum and mean over any axes, forward and backward", async () => {
  for (const [shape, dims] of CASES) {
    await checkOp((x) => sum(x!, dims), [shape], grouped(shape, dims, add));
    const kept = await keptShape(shape, dims);
    assertEquals(kept, shape.map((n, i) => dims.includes(i) ? 1 : n));
  }
  await checkOp((x) => mean(x!, [-1]), [[6, 9]], grouped([6, 9], [1], average));
});

async function keptShape(shape: Shape, dims: number[]): Promise<Shape> {
  using gpu = await openGpu();
  const x = fromArray(gpu, shape, new Float32Array(sizeOf(shape)));
  using plan = await record(gpu, () => sum(x, dims, { keep: true }));
  return plan.result.shape;
}

Deno.test("variance is the population's, forward and backward", async () => {
  const shape = [4, 3, 5];
  await checkOp(
    (x) => variance(x!, [0, 2]),
    [shape],
    grouped(shape, [0, 2], spread),
  );
});

Deno.test("amax and amin over any axes, forward and backward", async () => {
  for (const [shape, dims] of CASES) {
    await checkOp(
      (x) => amax(x!, dims),
      [shape],
      grouped(shape, dims, (v) => Math.max(...v)),
    );
    await checkOp(
      (x) => amin(x!, dims),
      [shape],
      grouped(shape, dims, (v) => Math.min(...v)),
    );
  }
});

Deno.test("ties of amax share the gradient evenly", async () => {
  using gpu = await openGpu();
  const x = fromArray(gpu, [2, 3], [5, 5, 1, -2, -3, -2]);
  const dy = fromArray(gpu, [2], [6, 8]);
  using plan = await record(
    gpu,
    () => gradients(amax(x, [1]), dy, [x])[0]!.keep(),
  );
  plan.run();
  assertClose(await plan.result.read(gpu), [3, 3, 0, 4, 0, 4], 0);
});

Deno.test("long sums take several passes and lose no digits", async () => {
  using gpu = await openGpu();
  const random = uniform(3);
  for (const shape of [[40_000], [40_001], [20_000, 4], [4, 20_000]]) {
    const values = Float32Array.from(
      { length: sizeOf(shape) },
      () => 1 + random(),
    );
    const x = fromArray(gpu, shape, values);
    using plan = await record(
      gpu,
      () => [sum(x), amax(x)].map((t) => t.keep()),
    );
    plan.run();
    const [total, most] = await readAll(gpu, plan.result);
    assertClose(total!, [add([...values])], 1e-6);
    assertClose(most!, [Math.max(...values)], 0);
  }
});

Deno.test("a maximum of nothing and an unknown axis are refused", async () => {
  using gpu = await openGpu();
  const x = new Tensor([2, 0]);
  await record(gpu, () => {
    assertThrows(() => amax(x), RangeError, "[2,0] is empty");
    assertThrows(() => sum(x, [2]), RangeError, "[2,0] has no axis 2");
  });
});

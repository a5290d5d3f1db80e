import { assertEquals, assertThrows } from "@std/assert";
import { openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { assertClose, checkOp } from "../tests/check.ts";
import {
  abs,
  addScalar,
  clamp,
  exp,
  log,
  pow,
  reciprocal,
  relu,
  round,
  rsqrt,
  scale,
  sigmoid,
  silu,
  sqrt,
  square,
  tanh,
} from "./unary.ts";
import { gradients } from "./op.ts";
import { fromArray, readAll, type Tensor } from "./tensor.ts";

const logistic = (x: number) => 1 / (1 + Math.exp(-x));

type Row = [
  name: string,
  op: (x: Tensor) => Tensor,
  definition: (x: number) => number,
  values?: (uniform: number) => number,
];

const positive = (u: number) => 1.25 + u;
const kinked = (u: number) => u < 0 ? 2 * u - 0.1 : 2 * u + 0.1; // not at 0

const TABLE: Row[] = [
  ["silu", silu, (x) => x * logistic(x), (u) => 6 * u],
  ["sigmoid", sigmoid, logistic, (u) => 6 * u],
  ["tanh", tanh, Math.tanh, (u) => 3 * u],
  ["relu", relu, (x) => Math.max(x, 0), kinked],
  ["exp", exp, Math.exp, (u) => 3 * u],
  ["log", log, Math.log, positive],
  ["sqrt", sqrt, Math.sqrt, positive],
  ["rsqrt", rsqrt, (x) => 1 / Math.sqrt(x), positive],
  ["square", square, (x) => x * x],
  ["reciprocal", reciprocal, (x) => 1 / x, positive],
  ["abs", abs, Math.abs, kinked],
  ["pow 2.4", (x) => pow(x, 2.4), (x) => x ** 2.4, positive],
  ["pow 3", (x) => pow(x, 3), (x) => x ** 3],
  ["pow -2", (x) => pow(x, -2), (x) => x ** -2, kinked],
  ["scale", (x) => scale(x, -1.5), (x) => -1.5 * x],
  ["addScalar", (x) => addScalar(x, 0.75), (x) => x + 0.75],
];

for (const [name, op, definition, values] of TABLE) {
  Deno.test(`${name} matches its definition, forward and backward`, async () => {
    const options = {
      tolerance: 1e-5,
      ...(values && { values }),
    };
    await checkOp(
      (x) => op(x!),
      [[3, 28]],
      ([x]) => x!.map(definition),
      options,
    );
  });
}

Deno.test("sizes that are no multiple of four are covered to the last element", async () => {
  await checkOp(
    (x) => silu(x!),
    [[4099]],
    ([x]) => x!.map((v) => v * logistic(v)),
  );
});

Deno.test("tensors of many groups are covered to the last element", async () => {
  using gpu = await openGpu();
  const x = fromArray(
    gpu,
    [70_000],
    Float32Array.from({ length: 70_000 }, (_, i) => i),
  );
  using plan = await record(gpu, () => scale(x, 2).keep());
  plan.run();
  const y = await plan.result.read(gpu);
  assertEquals(y, Float32Array.from(y, (_, i) => 2 * i));
});

Deno.test("the corners: bounds, ties, zeros and powers of negative numbers", async () => {
  using gpu = await openGpu();
  const points = [-2.5, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2.5];
  const x = fromArray(gpu, [9], points);
  const ones = fromArray(gpu, [9], points.map(() => 1));
  using plan = await record(gpu, () => {
    const clamped = clamp(x, -1, 1);
    const slope = (y: Tensor) => gradients(y, ones, [x])[0]!;
    return [
      clamped,
      slope(clamped),
      round(x),
      slope(abs(x)),
      slope(relu(x)),
      pow(x, 3),
      pow(x, 0),
      slope(pow(x, 1)),
      slope(pow(x, 2)),
    ].map((t) => t.keep());
  });
  plan.run();
  const got = await readAll(gpu, plan.result);
  const want = [
    points.map((v) => Math.min(Math.max(v, -1), 1)),
    points.map((v) => Number(Math.abs(v) <= 1)),
    [-2, -2, -1, -0, 0, 0, 1, 2, 2],
    points.map(Math.sign),
    points.map((v) => Number(v > 0)),
    points.map((v) => v ** 3),
    points.map(() => 1),
    points.map(() => 1),
    points.map((v) => 2 * v),
  ];
  want.forEach((w, i) => assertClose(got[i]!, w, 1e-6, `row ${i}`));
});

Deno.test("tanh keeps its digits near zero", async () => {
  using gpu = await openGpu();
  const points = Float32Array.of(1e-6, -1e-3, 0.01, 0.19, 0.2, -0.21, 0.5, 30);
  const x = fromArray(gpu, [8], points);
  using plan = await record(gpu, () => tanh(x).keep());
  plan.run();
  const y = await plan.result.read(gpu);
  const relative = [...y].map((v, i) => v / Math.tanh(points[i]!) - 1);
  assertClose(relative, relative.map(() => 0), 0, "relative error");
});

Deno.test("the wrong element type and an empty range are refused", async () => {
  using gpu = await openGpu();
  const x = fromArray(gpu, [4], [1, 2, 3, 4]);
  await record(gpu, () => {
    assertThrows(() => clamp(x, 1, 0), RangeError, "1 to 0 is no range");
    const ids = Object.assign(Object.create(x), { dtype: "u32" }) as Tensor;
    assertThrows(
      () => silu(ids),
      TypeError,
      "takes f32 tensors, found u32 [4]",
    );
  });
});

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { Linear } from "../models/linears/linear.ts";
import { ParameterArena } from "../train/optim/parameter_arena.ts";
import { add } from "./binary.ts";
import { mul } from "./binary.ts";
import {
  fromArray,
  pinned,
  readAll,
  readWords,
  type Tensor,
} from "./tensor.ts";

Deno.test("a tensor without values is never read as zeros", async () => {
  using gpu = await openGpu();
  const x = pinned([2]);
  await assertRejects(
    () => x.read(gpu),
    Error,
    "Cannot read f32 [2]: it has no values; it was never written",
  );
  let dropped: Tensor | undefined;
  using plan = await record(gpu, () => {
    dropped = add(x, x);
    return mul(dropped, x).keep();
  });
  await assertRejects(
    () => plan.result.read(gpu),
    Error,
    "the plan that computes it has not run",
  );
  await assertRejects(() => dropped!.read(gpu), Error, "keep() it in record()");
  assertThrows(
    () => plan.run(),
    Error,
    "reads a1 f32 [2], which has no values; it was never written: write() it",
  );
  await assertRejects(() => plan.runInParts(), Error, "no values");
  await assertRejects(() => plan.profile(), Error, "no values");
  x.write(gpu, Float32Array.of(1, 2));
  plan.run();
  assertEquals([...await plan.result.read(gpu)], [2, 8]);
});

Deno.test("a plan is refused before the one whose result it reads has run", async () => {
  using gpu = await openGpu();
  const x = fromArray(gpu, [2], [1, 2]);
  using one = await record(gpu, () => add(x, x).keep());
  using two = await record(gpu, () => add(one.result, x).keep());
  assertThrows(() => two.run(), Error, "the plan that computes it has not run");
  one.run();
  two.run();
  assertEquals([...await two.result.read(gpu)], [3, 6]);
});

Deno.test("a layer without values is named, and what to do", async () => {
  using gpu = await openGpu();
  const layer = new Linear(4, 5);
  const x = fromArray(gpu, [2, 4], Array(8).fill(1));
  using plan = await record(gpu, () => layer.forward(x).keep());
  assertThrows(
    () => plan.run(),
    Error,
    "which has no values; it is a parameter (weight [5,4]): load()",
  );
  ParameterArena.create(gpu, [["weight", layer.weight]]);
  using moved = await record(gpu, () => layer.forward(x).keep());
  assertThrows(() => moved.run(), Error, "no values");
});

Deno.test("read() and readWords() name the one that reads a type", async () => {
  using gpu = await openGpu();
  const codes = pinned([2], "u32").write(gpu, Uint32Array.of(1, 2));
  const halves = pinned([2], "f16").write(gpu, Uint32Array.of(0x3c003c00));
  for (const t of [codes, halves]) {
    await assertRejects(() => t.read(gpu), TypeError, "readWords()");
  }
  assertEquals((await readWords(gpu, [codes, halves])).map((a) => [...a]), [
    [1, 2],
    [0x3c003c00],
  ]);
  const x = fromArray(gpu, [1], [1]);
  await assertRejects(() => readWords(gpu, [x]), TypeError, "readAll()");
});

Deno.test("tensors are disposed once, and say so when they are used", async () => {
  using gpu = await openGpu();
  const before = gpu.pool.bytes.pinned;
  const x = fromArray(gpu, [4], [1, 2, 3, 4]);
  using plan = await record(gpu, () => add(x, x).keep());
  plan.run();
  {
    using _x = x;
    using _y = plan.result;
  }
  x[Symbol.dispose]();
  assertEquals(gpu.pool.bytes.pinned, before);
  await assertRejects(() => x.read(gpu), Error, "it was disposed of");
  assertThrows(() => plan.run(), Error, "disposed of or moved");
  await assertRejects(
    () => record(gpu, () => add(x, x).keep()),
    Error,
    "was disposed of",
  );
});

Deno.test("memory that is lent stays with its owner", async () => {
  using gpu = await openGpu();
  const [p, q] = [new Linear(4, 4, false), new Linear(4, 4, false)];
  const named = [["p", p.weight], ["q", q.weight]] as const;
  for (const [, one] of named) one.write(gpu, new Float32Array(16).fill(3));
  const arena = ParameterArena.create(gpu, named);
  assertThrows(
    () => p.weight[Symbol.dispose](),
    Error,
    "lies in the memory of others",
  );
  const [, data] = await readAll(gpu, [p.weight, q.weight]);
  assertEquals([...data!], Array(16).fill(3));
  arena[Symbol.dispose]();
  await assertRejects(() => q.weight.read(gpu), Error, "it was disposed of");
  assertEquals(gpu.pool.bytes.pinned, 0);
});

Deno.test("a plan that was disposed says so", async () => {
  using gpu = await openGpu();
  const x = fromArray(gpu, [1], [1]);
  const plan = await record(gpu, () => add(x, x).keep());
  for (let i = 0; i < 2; i++) plan[Symbol.dispose]();
  assertThrows(() => plan.run(), Error, "a plan that was disposed of");
  assert(gpu.pool.bytes.pooled === 0);
});

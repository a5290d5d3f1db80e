import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { linear } from "../autograd/linear.ts";
import { matmul } from "../autograd/matmul.ts";
import { gradients, reshape } from "../autograd/op.ts";
import { softmax } from "../autograd/softmax.ts";
import { fromArray, pinned, readWords, Tensor } from "../autograd/tensor.ts";
import { square } from "../autograd/unary.ts";
import { openGpu } from "./device.ts";
import { emit } from "./emit.ts";
import { kernel } from "./kernel.ts";
import { readback } from "./readback.ts";
import { measure, record } from "./record.ts";

Deno.test("a gradient does not leave its plan: what another computed counts as given", async () => {
  using gpu = await openGpu();
  const w = fromArray(gpu, [2], [2, 4]);
  using one = await record(gpu, () => square(square(w)).keep());
  one.run();
  const a = one.result;
  using two = await record(gpu, () => {
    const y = square(a);
    const dy = fromArray(gpu, [2], [1, 1]);
    const [dw, da] = gradients(y, dy, [w, a]);
    assertEquals(dw, undefined);
    return da!.keep();
  });
  two.run();
  assertEquals([...await two.result.read(gpu)], [32, 512]);
});

Deno.test("a plan refuses to read what another computed and did not keep", async () => {
  using gpu = await openGpu();
  const x = fromArray(gpu, [4], [1, 2, 3, 4]);
  let lost: Tensor | undefined;
  using _one = await record(gpu, () => square(lost = square(x)).keep());
  await assertRejects(
    () => record(gpu, () => square(lost!).keep()),
    Error,
    "f32 [4], which nothing in this plan wrote; write() it, or keep() it",
  );
});

Deno.test("values that nobody wrote are never read as zeros", async () => {
  using gpu = await openGpu();
  const [x, w] = [fromArray(gpu, [1, 4], [1, 2, 3, 4]), pinned([4, 4])];
  using plan = await record(gpu, () => linear(x, w).keep());
  await assertRejects(() => plan.result.read(gpu), TypeError, "has not run");
  await assertRejects(() => w.read(gpu), TypeError, "it was never written");
  assertThrows(() => plan.run(), Error, "w f32 [4,4], which has no values");
  w.write(gpu, new Float32Array(16).fill(1));
  plan.run();
  assertEquals([...await plan.result.read(gpu)], [10, 10, 10, 10]);
  await assertRejects(() => new Tensor([2]).read(gpu), TypeError, "keep() it");
  await assertRejects(() => readWords(gpu, [x]), TypeError, "use read()");
  const words = pinned([1], "u32").write(gpu, Uint32Array.of(7));
  await assertRejects(() => words.read(gpu), TypeError, "use readWords()");
  w.dispose();
  w.dispose();
  await assertRejects(() => w.read(gpu), TypeError, "it was disposed of");
  assertThrows(() => plan.run(), Error, "disposed of or moved");
});

Deno.test("a trace that is no plain function is refused, and leaves nothing behind", async () => {
  using gpu = await openGpu();
  const x = fromArray(gpu, [1], [3]);
  assertThrows(() => square(x), Error, "outside of record(): call it in");
  await assertRejects(
    // deno-lint-ignore require-await
    () => record(gpu, async () => square(x).keep()),
    TypeError,
    "found one that returns a promise",
  );
  let inner: Promise<unknown> | undefined;
  using _outer = await record(gpu, () => {
    inner = record(gpu, () => square(x).keep());
    inner.catch(() => {});
    return square(x).keep();
  });
  await assertRejects(() => inner!, Error, "call record() after it");
  using plan = await record(gpu, () => square(x).keep());
  plan.run();
  assertEquals([...await plan.result.read(gpu)], [9]);
});

Deno.test("measure() takes an adapter's traits alone", () => {
  const traits = {
    subgroupSize: 0,
    timestamps: false,
    software: false,
    maxBindingBytes: 2 ** 27,
    maxGroups: 65535,
  };
  const [x, w] = [pinned([1, 64, 64]), pinned([64, 64])];
  const { transient, pinned: held } = measure(
    traits,
    () => linear(square(x), w).keep(),
  );
  assertEquals([transient, held.size], [4 * 64 * 64, 3]);
});

Deno.test("a loss may leave its own gradient out, others not", async () => {
  using gpu = await openGpu();
  const x = fromArray(gpu, [1], [3]);
  using plan = await record(
    gpu,
    () => gradients(square(x), undefined, [x])[0]!.keep(),
  );
  plan.run();
  assertEquals([...await plan.result.read(gpu)], [6]);
  await assertRejects(
    () => record(gpu, () => gradients(pinned([2]), undefined, [])),
    RangeError,
    "only a single number may leave it out",
  );
});

Deno.test("what goes wrong in one plan leaves the GPU to the others", async () => {
  using gpu = await openGpu();
  const bad = kernel(
    "bad",
    "@group(0) @binding(0) var<storage, read_write> y: array<f32>;\n@compute @workgroup_size(1)\nfn main() { y[0] = oops; }\n",
    ["y"],
  );
  const y = pinned([4]);
  for (let i = 0; i < 2; i++) {
    await assertRejects(
      () => record(gpu, () => emit(bad, { y }, 1)),
      Error,
      "Cannot build bad.main: line 3",
    );
  }
  assertEquals(gpu.pool.bytes.pinned, 0);
  const x = fromArray(gpu, [1], [3]);
  using plan = await record(gpu, () => square(x).keep());
  plan.run();
  assertEquals([...await plan.result.read(gpu)], [9]);
});

Deno.test("a GPU that is gone says so, whatever is asked of it", async () => {
  using gpu = await openGpu();
  const x = fromArray(gpu, [1], [3]);
  using plan = await record(gpu, () => square(x).keep());
  gpu.device.destroy();
  const lost = "The GPU was lost";
  await assertRejects(() => gpu.idle(), Error, lost);
  assertThrows(() => gpu.check(), Error, lost);
  assertThrows(() => plan.run(), Error, lost);
  assertThrows(() => x.write(gpu, Float32Array.of(1)), Error, lost);
  await assertRejects(() => x.read(gpu), Error, lost);
  await assertRejects(() => plan.runInParts(), Error, lost);
  await assertRejects(() => record(gpu, () => square(x).keep()), Error, lost);
});

Deno.test("what is read is read in pieces of a bounded size", async () => {
  using gpu = await openGpu();
  const n = 1000;
  const numbers = Float32Array.from({ length: n }, (_, i) => i);
  const x = fromArray(gpu, [n], numbers);
  const short = fromArray(gpu, [3], [7, 8, 9]);
  const sizes: number[] = [];
  const create = gpu.device.createBuffer;
  gpu.device.createBuffer = (descriptor) => {
    sizes.push(descriptor.size);
    return create.call(gpu.device, descriptor);
  };
  const [a, b, c] = await readback(
    gpu,
    [short.storage, x.storage, short.storage],
    256,
  );
  assert(Math.max(...sizes) <= 256);
  assertEquals(sizes.length, Math.ceil((4 * n + 24) / 256));
  assertEquals([...new Float32Array(b!)], [...numbers]);
  for (const part of [a!, c!]) {
    assertEquals([...new Float32Array(part)], [7, 8, 9]);
  }
});

Deno.test("a plan that was disposed does not run, nor does one of another Gpu's tensors", async () => {
  using gpu = await openGpu();
  const x = fromArray(gpu, [2], [1, 2]);
  const plan = await record(gpu, () => square(square(square(x))).keep());
  const [once, disposed] = [() => plan.run(), "Cannot run a plan that was"];
  once();
  const parts = plan.runInParts();
  plan[Symbol.dispose]();
  assertThrows(once, Error, disposed);
  await assertRejects(() => parts, Error, disposed);
  assertEquals([...await plan.result.read(gpu)], [1, 256]);
  using other = await openGpu();
  const elsewhere = "Cannot use a tensor that lies on another Gpu";
  assertThrows(() => x.write(other, Float32Array.of(3, 4)), Error, elsewhere);
  await assertRejects(() => x.read(other), Error, elsewhere);
  await assertRejects(
    () => record(other, () => square(x).keep()),
    Error,
    elsewhere,
  );
  assertEquals([...await x.read(gpu)], [1, 2]);
});

Deno.test("values of another type and tensors that alias are refused", async () => {
  using gpu = await openGpu();
  const x = fromArray(gpu, [2], [1, 2]);
  const words = pinned([2], "u32").write(gpu, Uint32Array.of(1, 2));
  const wrong = (f: () => unknown, message: string) =>
    assertRejects(() => record(gpu, f), Error, message);
  assertThrows(
    () => words.write(gpu, Float32Array.of(1, 2)),
    TypeError,
    "Cannot write u32 [2]: it takes a Uint32Array, found a Float32Array",
  );
  assertThrows(() => x.write(gpu, Uint32Array.of(1, 2)), TypeError);
  await wrong(() => softmax(words), "x takes f32, found u32 [2]");
  await wrong(() => linear(words, reshape(x, [1, 2])), "takes f32 tensors");
  await wrong(() => matmul(x, reshape(words, [2, 1])), "takes f32 tensors");
  const copy = kernel(
    "copy",
    `@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(1) fn main() { y[0] = x[0]; }`,
    ["x", "y"],
  );
  await wrong(() => emit(copy, { x, y: x }, 1), "writes the same tensor");
});

Deno.test("tensors without elements are read, written and computed with", async () => {
  using gpu = await openGpu();
  const none = fromArray(gpu, [0, 2], []);
  using plan = await record(gpu, () => square(none).keep());
  plan.run();
  assertEquals((await plan.result.read(gpu)).length, 0);
});

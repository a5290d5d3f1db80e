import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { add } from "../autograd/binary.ts";
import { fromArray, pinned } from "../autograd/tensor.ts";
import { type Gpu, openGpu } from "./device.ts";
import { kernel } from "./kernel.ts";
import { emit } from "./emit.ts";
import { record } from "./record.ts";

const wrong = kernel(
  "mine",
  "@group(0) @binding(0) var<storage, read_write> y: array<f32>;\n@compute @workgroup_size(1)\nfn main() {\n  y[0] = oops;\n}\n",
  ["y"],
);

/** What still has to work after a failure. */
async function assertWorks(gpu: Gpu): Promise<void> {
  const x = fromArray(gpu, [2], [1, 2]);
  using plan = await record(gpu, () => add(x, x).keep());
  plan.run();
  assertEquals([...await plan.result.read(gpu)], [2, 4]);
  await gpu.idle();
}

Deno.test("a shader that is wrong is told under its own name, each time; the rest works", async () => {
  using gpu = await openGpu();
  for (let i = 0; i < 2; i++) {
    const error = await assertRejects(() =>
      record(gpu, () => emit(wrong, { y: pinned([1]) }, 1))
    );
    assertEquals(
      `${error}`.startsWith("Error: Cannot build mine.main: line 4:10 "),
      true,
    );
    await assertWorks(gpu);
  }
});

/** Lets the device refuse buffers of this size. */
function refuse(gpu: Gpu, size: number): () => void {
  const { device } = gpu;
  const create = device.createBuffer;
  device.createBuffer = (descriptor) =>
    create.call(
      device,
      descriptor.size === size ? { ...descriptor, usage: 0 } : descriptor,
    );
  return () => device.createBuffer = create;
}

Deno.test("a plan whose buffers are refused gives back what it placed, and can be tried again", async () => {
  using gpu = await openGpu();
  const x = fromArray(gpu, [1024], Array(1024).fill(1));
  const y = pinned([1024]);
  const trace = () => {
    const sum = add(x, x);
    emitCopy(sum.storage, y.storage);
  };
  const emitCopy = (
    a: typeof x.storage,
    b: typeof x.storage,
  ) => emit(copy, { x: { storage: a }, y: { storage: b } }, 1024 / 32);
  const before = gpu.pool.bytes.pinned;
  const undo = refuse(gpu, 4096);
  const results = await Promise.allSettled([
    record(gpu, trace),
    record(gpu, () => add(fromArray(gpu, [2], [1, 2]), pinned([2])).keep()),
  ]);
  assertEquals(results.map((r) => r.status), ["rejected", "fulfilled"]);
  undo();
  assertEquals(gpu.pool.bytes.pinned - before, 48); // of the other plan
  using plan = await record(gpu, trace);
  plan.run();
  assertEquals((await y.read(gpu))[1023], 2);
  await assertWorks(gpu);
});

const copy = kernel(
  "copy",
  "@group(0) @binding(0) var<storage, read> x: array<f32>;\n@group(0) @binding(1) var<storage, read_write> y: array<f32>;\n@compute @workgroup_size(32)\nfn main(@builtin(global_invocation_id) id: vec3<u32>) { y[id.x] = x[id.x]; }\n",
  ["x", "y"],
);

Deno.test("a write whose buffer is refused is told at the next read, once", async () => {
  using gpu = await openGpu();
  const undo = refuse(gpu, 4096);
  const x = fromArray(gpu, [1024], Array(1024).fill(1));
  undo();
  await assertRejects(() => gpu.idle(), Error, "Cannot write f32 [1024]");
  await assertRejects(() => x.read(gpu), Error, "Cannot write f32 [1024]");
  assertEquals(gpu.pool.bytes.pinned, 0);
  await assertWorks(gpu);
});

Deno.test("what a failed run left is not read; a later run mends it", async () => {
  using gpu = await openGpu();
  const x = fromArray(gpu, [2], [1, 2]);
  using plan = await record(gpu, () => add(x, x).keep());
  const { queue } = gpu.device;
  const submit = queue.submit;
  queue.submit = () => {
    gpu.device.createBuffer({ size: 2 ** 40, usage: 8 });
  };
  plan.run();
  queue.submit = submit;
  await assertRejects(
    () => plan.result.read(gpu),
    Error,
    "Cannot run a plan (1 dispatches",
  );
  await assertWorks(gpu);
  plan.run();
  assertEquals([...await plan.result.read(gpu)], [2, 4]);
});

Deno.test("a lost device says so everywhere", async () => {
  const gpu = await openGpu();
  const x = fromArray(gpu, [2], [1, 2]);
  using plan = await record(gpu, () => add(x, x).keep());
  plan.run();
  const reading = plan.result.read(gpu).catch((error: Error) => error.message);
  gpu.device.destroy();
  const lost = "The GPU was lost";
  const sync = [
    () => gpu.check(),
    () => plan.run(),
    () => x.write(gpu, new Float32Array(2)),
    () => fromArray(gpu, [1], [1]),
  ];
  for (const use of sync) assertThrows(use, Error, lost);
  const async = [
    () => gpu.idle(),
    () => plan.runInParts(),
    () => plan.profile(),
    () => x.read(gpu),
    () => record(gpu, () => add(x, x).keep()),
    () => gpu.pipeline(copy, {}),
  ];
  for (const use of async) await assertRejects(use, Error, lost);
  assertEquals(String(await reading).includes(lost), true);
  for (let i = 0; i < 2; i++) gpu[Symbol.dispose]();
});

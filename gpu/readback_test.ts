import { assert, assertEquals, assertThrows } from "@std/assert";
import { add } from "../autograd/binary.ts";
import { fromArray, pinned, readAll } from "../autograd/tensor.ts";
import { openGpu } from "./device.ts";
import { record } from "./record.ts";

Deno.test("staging memory is 64 MiB at most; no plan runs between the pieces", async () => {
  using gpu = await openGpu();
  const x = pinned([17 << 20]).write(gpu, new Float32Array(17 << 20).fill(2));
  const one = fromArray(gpu, [1], [1]);
  using plan = await record(gpu, () => add(one, one).keep());
  plan.run();
  let staged = 0;
  const create = gpu.device.createBuffer;
  gpu.device.createBuffer = (descriptor) => {
    staged = Math.max(staged, descriptor.size);
    return create.call(gpu.device, descriptor);
  };
  const reading = x.read(gpu);
  await Promise.resolve();
  await Promise.resolve();
  assertThrows(() => plan.run(), Error, "of a large read");
  const data = await reading;
  assert(data.every((v) => v === 2));
  assertEquals(staged, 64 << 20);
});

Deno.test("a device of small buffers is read in pieces that they hold", async () => {
  using gpu = await openGpu();
  const most = 4096;
  const limits = new Proxy(gpu.device.limits, {
    get: (limits, name: keyof GPUSupportedLimits) =>
      name === "maxBufferSize" ? most : limits[name],
  });
  Object.defineProperty(gpu.device, "limits", { value: limits });
  const values = [1024, 3, 0, 1023, 512, 1].map((n, i) =>
    Float32Array.from({ length: n }, (_, j) => i + j / 1024)
  );
  const tensors = values.map((v) => pinned([v.length]).write(gpu, v));
  let staged = 0;
  const create = gpu.device.createBuffer;
  gpu.device.createBuffer = (descriptor) => {
    staged = Math.max(staged, descriptor.size);
    return create.call(gpu.device, descriptor);
  };
  const both = [readAll(gpu, tensors), readAll(gpu, tensors)]; // one after the other
  assertEquals(await Promise.all(both), [values, values]);
  assertEquals(staged, most);
  assertThrows(
    () => fromArray(gpu, [1025], new Float32Array(1025)),
    RangeError,
    "at most 4096",
  );
});

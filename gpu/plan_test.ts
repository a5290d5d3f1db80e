import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type Gpu, openGpu } from "./device.ts";
import { kernel } from "./kernel.ts";
import { readback } from "./readback.ts";
import { emit, emitEither } from "./emit.ts";
import { record } from "./record.ts";
import { Storage } from "./storage.ts";

const SOURCE = `struct Params { n: u32, by: f32 }
const TWICE = false;
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;
@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= p.n) { return; }
  y[id.x] = x[id.x] + select(p.by, 2.0 * p.by, TWICE);
}
`;
const shift = kernel("shift", SOURCE, ["x", "y"]);
const tensor = (pinned = false) => {
  const storage = new Storage(40, pinned);
  if (pinned) storage.fill(); // with zeros
  return { storage };
};
const add = (
  x: { storage: Storage },
  by: number,
  y = tensor(),
  TWICE = false,
) => {
  emit(shift, { x, y }, 1, { params: { n: 10, by }, constants: { TWICE } });
  return y;
};

Deno.test("a plan runs what was recorded, with its parameters and constants", async () => {
  using gpu = await openGpu();
  const x = tensor(true);
  using plan = await record(gpu, () => add(add(x, 1), 3, tensor(true), true));
  plan.run();
  const [data] = await readback(gpu, [plan.result.storage]);
  assertEquals([...new Float32Array(data!)], Array(10).fill(7));
  assertEquals(plan.steps.length, 2);
});

Deno.test("record() drops what no pinned tensor needs", async () => {
  using gpu = await openGpu();
  using plan = await record(gpu, () => {
    const a = add(tensor(true), 1);
    add(a, 2);
    return add(a, 3, tensor(true));
  });
  assertEquals(plan.steps.length, 2);
});

Deno.test("transients share buffers, within a plan and between plans", async () => {
  using gpu = await openGpu();
  const chain = () => {
    let t = tensor(true);
    for (let i = 0; i < 9; i++) t = add(t, 1);
    return add(t, 1, tensor(true));
  };
  using first = await record(gpu, chain);
  assert(first.plannedBytes < first.requestedBytes / 2);
  const { pooled } = gpu.pool.bytes;
  {
    using second = await record(gpu, chain);
    second.run();
    assertEquals(gpu.pool.bytes.pooled, pooled);
  }
  first.run();
  const [data] = await readback(gpu, [first.result.storage]);
  assertEquals(new Float32Array(data!)[0], 10);
});

Deno.test("emit() names wrong parameters and stray calls", async () => {
  assertThrows(() => add(tensor(), 1), Error, "outside of record()");
  using gpu = await openGpu();
  const wrong = (params: Record<string, number>) =>
    record(gpu, () => emit(shift, { x: tensor(), y: tensor() }, 1, { params }));
  await assertRejects(() => wrong({ n: 1 }), TypeError, "parameter by");
  await assertRejects(
    () => wrong({ n: 1, by: 1, bye: 2 }),
    TypeError,
    "no parameter bye",
  );
});

Deno.test("a WGSL mistake is reported with its kernel, line and column", async () => {
  using gpu = await openGpu();
  const bad = kernel(
    "bad",
    "const N = 1u;\n@group(0) @binding(0) var<storage, read_write> y: array<f32>;\n@compute @workgroup_size(1)\nfn main() {\n  y[0] = oops;\n}\n",
    ["y"],
  );
  await assertRejects(
    () => gpu.pipeline(bad, { N: 2 }),
    Error,
    "Cannot build bad.main: line 5:10",
  );
});

Deno.test("profile() times every kernel", async () => {
  using gpu = await openGpu();
  using plan = await record(
    gpu,
    () => add(add(tensor(true), 1), 1, tensor(true)),
  );
  const [row] = await plan.profile();
  assertEquals([row!.label, row!.calls], ["shift.main", 2]);
  assert(row!.ms > 0);
});

/** Counts what a device is asked for from here on. */
function watch(gpu: Gpu) {
  const { device } = gpu;
  const { queue } = device;
  const counts = { submits: 0, waits: 0 };
  const [submit, wait] = [queue.submit, queue.onSubmittedWorkDone];
  queue.submit = (buffers) => {
    counts.submits++;
    submit.call(queue, buffers);
  };
  queue.onSubmittedWorkDone = () => {
    counts.waits++;
    return wait.call(queue);
  };
  return counts;
}

Deno.test("runInParts() gives what run() gives, and soon without a wait", async () => {
  using gpu = await openGpu();
  using plan = await record(gpu, () => {
    let t = tensor(true);
    for (let i = 0; i < 70; i++) t = add(t, 1);
    return add(t, 1, tensor(true));
  });
  const counts = watch(gpu);
  await plan.runInParts();
  assertEquals(counts, { submits: 3, waits: 3 }); // parts of 32, not measured yet
  for (let i = 0; i < 2; i++) await plan.runInParts();
  counts.submits = counts.waits = 0;
  await plan.runInParts();
  assert(counts.submits <= 3); // 1, unless something held the first runs up
  assertEquals(counts.waits, 0);
  const [data] = await readback(gpu, [plan.result.storage]);
  assertEquals([...new Float32Array(data!)], Array(10).fill(71));
});

Deno.test("plans run in parts wait for each other; run() refuses to come between", async () => {
  using gpu = await openGpu();
  const chain = (by: number) => () => {
    let t = tensor(true);
    for (let i = 0; i < 40; i++) t = add(t, by);
    return add(t, by, tensor(true));
  };
  using one = await record(gpu, chain(1));
  using two = await record(gpu, chain(2));
  const both = Promise.all([one.runInParts(), two.runInParts()]);
  await Promise.resolve();
  assertThrows(() => one.run(), Error, "between the parts of another");
  await both;
  const data = await readback(gpu, [one.result.storage, two.result.storage]);
  assertEquals(data.map((bytes) => new Float32Array(bytes)[0]), [41, 82]);
});

Deno.test("an error between the parts is raised, and the next plan still runs", async () => {
  using gpu = await openGpu();
  using plan = await record(gpu, () => add(tensor(true), 1, tensor(true)));
  using broken = await record(gpu, () => add(tensor(true), 1, tensor(true)));
  broken.uniforms!.destroy();
  await assertRejects(() => broken.runInParts(), Error, "Cannot run a plan");
  await plan.runInParts();
});

Deno.test("the bytes that pool and plan tell are those of the buffers that exist", async () => {
  using gpu = await openGpu();
  const { device } = gpu;
  const create = device.createBuffer;
  const live = new Map<GPUBuffer, number>();
  device.createBuffer = (descriptor) => {
    const buffer = create.call(device, descriptor);
    if (descriptor.usage & GPUBufferUsage.STORAGE) {
      live.set(buffer, descriptor.size);
    }
    const destroy = buffer.destroy;
    buffer.destroy = () => {
      live.delete(buffer);
      destroy.call(buffer);
    };
    return buffer;
  };
  const bytes = () => [...live.values()].reduce((a, b) => a + b, 0);
  const x = tensor(true);
  const of = (n: number) => ({ storage: new Storage(n) });
  {
    using plan = await record(gpu, () => {
      const parts = [1000, 70_000, 1000, 5_000_000].map((n) => {
        return add(x, 1, of(n));
      });
      for (const part of parts) add(part, 1, tensor(true));
    });
    const { pooled, pinned, peak } = gpu.pool.bytes;
    assertEquals([pooled + pinned, peak], [bytes(), bytes()]);
    assertEquals(plan.plannedBytes, pooled);
    plan.run();
  }
  assertEquals(bytes(), gpu.pool.bytes.pinned);
  await gpu.idle();
});

Deno.test("a thousand steps leave as many buffers and bytes as one", async () => {
  using gpu = await openGpu();
  const x = tensor(true);
  using plan = await record(
    gpu,
    () => add(add(x, 1), 1, tensor(true)),
  );
  const { device } = gpu;
  await plan.runInParts();
  let made = 0;
  const create = device.createBuffer;
  device.createBuffer = (descriptor) => {
    made++;
    return create.call(device, descriptor);
  };
  const before = gpu.pool.bytes;
  for (let i = 0; i < 1000; i++) await plan.runInParts();
  await gpu.idle();
  assertEquals(made, 0);
  assertEquals(gpu.pool.bytes, before);
});

Deno.test("work is done whole unless a step of it is read later or kept", async () => {
  using gpu = await openGpu();
  const x = tensor(true);
  const labels = async (use: (step: ReturnType<typeof tensor>) => void) => {
    using plan = await record(gpu, () => {
      let step = tensor();
      const y = emitEither(
        () => add(step = add(x, 1), 2),
        (y) => void add(x, 3, y),
      );
      use(step);
      return add(y, 4, tensor(true));
    });
    plan.run();
    const [data] = await readback(gpu, [plan.result.storage]);
    assertEquals(new Float32Array(data!)[0], 7);
    return plan.steps.length;
  };
  assertEquals(await labels(() => {}), 2);
  assertEquals(await labels((step) => add(step, 1)), 2); // which nobody needs
  assertEquals(await labels((step) => add(step, 1, tensor(true))), 4);
  assertEquals(await labels(({ storage }) => storage.pinned = true), 3);
});

Deno.test("a plan that cannot be placed leaves nothing behind", async () => {
  using gpu = await openGpu();
  const { pool } = gpu;
  const at = pool.at.bind(pool);
  pool.at = (size, index) => {
    if (index > 0) throw new RangeError("no second buffer");
    return at(size, index);
  };
  await assertRejects(
    () => record(gpu, () => add(add(add(tensor(true), 1), 2), 3, tensor(true))),
    RangeError,
    "no second buffer",
  );
  assertEquals(pool.bytes.pooled, 0);
  await assertRejects(() => gpu.device.popErrorScope()); // none is open
});

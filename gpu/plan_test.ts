import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { openGpu } from "./device.ts";
import { kernel } from "./kernel.ts";
import { readback } from "./readback.ts";
import { emit, record, Storage } from "./record.ts";

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
const tensor = (pinned = false) => ({ storage: new Storage(40, pinned) });
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
  assertThrows(() => add(tensor(), 1), Error, "nothing is being recorded");
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

Deno.test("a WGSL mistake is reported at its file, line and column", async () => {
  using gpu = await openGpu();
  const bad = kernel(
    "bad",
    "const N = 1u;\n@group(0) @binding(0) var<storage, read_write> y: array<f32>;\n@compute @workgroup_size(1)\nfn main() {\n  y[0] = oops;\n}\n",
    ["y"],
  );
  await assertRejects(
    () => gpu.pipeline(bad, { N: 2 }),
    Error,
    "kernels/bad.wgsl:5:10",
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

import { assert, assertEquals, assertThrows } from "@std/assert";
import { openGpu } from "./device.ts";
import { kernel } from "./kernel.ts";
import { chromeTrace, profileTable } from "./profile_report.ts";
import { Profiler } from "./profiler.ts";
import { emit } from "./emit.ts";
import { record } from "./record.ts";
import { Storage } from "./storage.ts";

const SOURCE = `@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  for (var i = 0u; i < 1000u; i++) { y[id.x] = f32(i) + y[id.x] * 0.5; }
}
`;
const busy = kernel("busy", SOURCE, ["y"]);
const matrix = () => ({
  storage: new Storage(400, true),
  shape: [10, 10],
  dtype: "f32",
});

Deno.test("a profiler times every dispatch on the host's clock", async () => {
  using gpu = await openGpu();
  const profiler = new Profiler(gpu);
  gpu.profiler = profiler;
  profiler.phase("first");
  const began = performance.now();
  const y = matrix();
  using plan = await record(gpu, () => {
    for (let i = 0; i < 3; i++) emit(busy, { y }, 100, { flops: 200_000 });
  });
  plan.run();
  profiler.phase("second");
  await plan.runInParts();
  const profile = await profiler.finish();
  const ended = performance.now();
  assertEquals(profile.phases.map(({ name }) => name), ["first", "second"]);
  assertEquals(profile.host.map(({ name }) => name), [
    "compile",
    "submit",
    "submit",
  ]);
  assertEquals(profile.gpu.length, 6);
  assertEquals(profile.gpu.filter(({ first }) => first).length, 3);
  for (const span of profile.gpu) {
    assert(span.ms > 0 && span.began >= began);
    assert(span.began + span.ms <= ended);
  }
  const [head, row] = profileTable(profile).split("\n");
  assertEquals(
    head!.split(/\s{2,}/),
    ["kernel", "calls", "ms", "share", "GFLOP/s", "GB/s"],
  );
  assert(/^busy\.main +3 +[\d.]+ +100\.0 % +[\d.e+-]+ +[\d.e+-]+$/.test(row!));
  assertEquals((await profiler.finish()).gpu, []);
});

Deno.test("a trace has phases, submissions and dispatches with their tensors", async () => {
  using gpu = await openGpu();
  gpu.profiler = new Profiler(gpu);
  gpu.profiler.phase("all of it");
  using plan = await record(gpu, () => emit(busy, { y: matrix() }, 100));
  plan.run();
  const text = chromeTrace(await gpu.profiler.finish(), "an adapter");
  const { traceEvents } = JSON.parse(text) as {
    traceEvents: Record<string, unknown>[];
  };
  const spans = traceEvents.filter(({ ph }) => ph === "X");
  assertEquals(spans.map(({ name }) => name), [
    "all of it",
    "compile",
    "submit",
    "busy.main",
  ]);
  for (const { ts, dur } of spans) {
    assert(typeof ts === "number" && typeof dur === "number" && dur > 0);
  }
  assertEquals(spans[3]!["args"], {
    tensors: "y f32[10,10]",
    groups: "100 x 1 x 1",
  });
});

Deno.test("profiling asks for timestamp queries", async () => {
  using gpu = await openGpu({ without: ["timestamp-query"] });
  assertThrows(() => new Profiler(gpu), Error, "no timestamp queries");
});

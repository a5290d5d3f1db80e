import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Gpu, openGpu } from "./device.ts";
import { kernel } from "./kernel.ts";
import { readback } from "./readback.ts";
import { emitBest } from "./emit.ts";
import { record } from "./record.ts";
import { Storage } from "./storage.ts";
import { Tuning } from "./tuning.ts";
import { tableFrom, type TuningTable } from "./tuning_table.ts";

const SOURCE = `const TURNS = 1u;
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  var sum = 0.0;
  for (var i = 0u; i < TURNS; i++) { sum = sum * 0.5 + f32(id.x); }
  y[id.x] = f32(TURNS) + sum * 1e-30;
}
`;
const slow = kernel("slow", SOURCE, ["y"]);
const SIZE = 64;

/** Writes how many turns it took: the first form is the slowest. */
function work(key: string, y: { readonly storage: Storage }): void {
  const forms = [20_000, 10, 9_000].map((TURNS) => ({
    name: `${TURNS} turns`,
    kernel: slow,
    constants: { TURNS },
    groups: [SIZE],
  }));
  emitBest(key, forms, { y });
}

async function run(gpu: Gpu, ...keys: string[]): Promise<number[]> {
  const ys = keys.map(() => ({ storage: new Storage(4 * SIZE, true) }));
  using plan = await record(gpu, () => keys.forEach((k, i) => work(k, ys[i]!)));
  plan.run();
  const data = await readback(gpu, ys.map(({ storage }) => storage));
  for (const { storage } of ys) gpu.pool.unpin(storage.buffer!);
  return data.map((bytes) => new Float32Array(bytes)[0]!);
}

Deno.test("without a table and without races the first form is taken", async () => {
  using gpu = await openGpu();
  gpu.tuning = new Tuning({});
  assertEquals(await run(gpu, "a"), [20_000]);
  assertEquals(gpu.tuning.used["a"]!.form, "20000 turns");
});

Deno.test("a race finds the fastest form, once for each kind of work", async () => {
  using gpu = await openGpu();
  const chosen: TuningTable[] = [];
  const progress: string[] = [];
  const options = {
    onChosen: (choices: TuningTable) => void chosen.push(choices),
    onProgress: (done: number, total: number) =>
      void progress.push(`${done}/${total}`),
  };
  gpu.tuning = new Tuning({}, options);
  const before = gpu.pool.bytes;
  assertEquals(await run(gpu, "a", "b", "a"), [10, 10, 10]);
  assertEquals(await run(gpu, "b"), [10]);
  assertEquals(progress, ["0/2", "1/2", "2/2"]);
  assertEquals(gpu.pool.bytes.pooled, before.pooled);
  const [table] = chosen;
  assertEquals(chosen.length, 1);
  assertEquals(Object.keys(table!), ["a", "b"]);
  assertEquals(gpu.tuning.used, table!);
  // What was found answers in the next process, without a race.
  gpu.tuning = new Tuning(table!, options);
  assertEquals(await run(gpu, "a"), [10]);
  assertEquals([chosen.length, progress.length], [1, 3]);
});

Deno.test("a form that the driver does not build falls through to the next one, and says so", async () => {
  using gpu = await openGpu();
  const broken = kernel("broken", SOURCE.replace("f32(id.x)", "id.x"), ["y"]);
  const y = { storage: new Storage(4 * SIZE, true) };
  const form = (kernel: typeof slow, TURNS: number) => ({
    name: `${kernel.label} ${TURNS}`,
    kernel,
    constants: { TURNS },
    groups: [SIZE],
  });
  const forms = [form(broken, 1), form(slow, 2), form(broken, 3)];
  for (const races of [undefined, {}]) {
    const said: string[] = [];
    gpu.tuning = new Tuning({}, races);
    gpu.tuning.onRefused = (message) => void said.push(message);
    using plan = await record(gpu, () => emitBest("work", forms, { y }));
    plan.run();
    const [bytes] = await readback(gpu, [y.storage]);
    assertEquals(new Float32Array(bytes!)[0], 2);
    assertEquals(gpu.tuning.used["work"]!.form, "slow 2");
    assertEquals(said.length, races ? 2 : 1);
  }
  gpu.tuning = new Tuning({ work: { form: "broken 3" } });
  using _plan = await record(gpu, () => emitBest("work", forms, { y }));
  assertEquals(gpu.tuning.used["work"]!.form, "slow 2");
  const none = forms.filter(({ kernel }) => kernel === broken);
  await assertRejects(
    () => record(gpu, () => emitBest("none", none, { y })),
    Error,
    "Cannot build broken.main",
  );
  gpu.pool.unpin(y.storage.buffer!);
});

Deno.test("a choice is void once the kernels' sources differ, or its form is gone", async () => {
  using gpu = await openGpu();
  const form = "9000 turns";
  const table = {
    kept: { form },
    old: { form, sources: "00000000" },
    gone: { form: "7 turns" },
  };
  gpu.tuning = new Tuning(table);
  assertEquals(
    await run(gpu, "kept", "old", "gone", "toString"),
    [9_000, 20_000, 20_000, 20_000],
  );
  const { kept, old } = gpu.tuning.used;
  assertEquals([kept!.form, old!.form], [form, "20000 turns"]);
});

Deno.test("races end with their budget; what is left takes its first form", async () => {
  using gpu = await openGpu();
  gpu.tuning = new Tuning({}, { budget: 1e-3 });
  assertEquals(await run(gpu, "a", "b"), [10, 20_000]);
});

Deno.test("what is no choice is dropped from a table", () => {
  const good = { form: "x", sources: "12345678" };
  assertEquals(tableFrom({ good, a: 1, b: {}, c: { form: 2 }, d: null }), {
    good,
  });
  assertEquals(tableFrom([1]), {});
  assert(Object.keys(tableFrom("text")).length === 0);
});

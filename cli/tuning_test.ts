import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { type Gpu, openGpu } from "../gpu/device.ts";
import { kernel } from "../gpu/kernel.ts";
import { emitBest } from "../gpu/emit.ts";
import { record } from "../gpu/record.ts";
import { Storage } from "../gpu/storage.ts";
import { adapterName, readTuningFile } from "../infer/tuning_file.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { Progress, type Screen } from "./progress.ts";
import { chooseKernels, type TuningOptions } from "./tuning.ts";

const SOURCE = `const TURNS = 1u;
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  var sum = 0.0;
  for (var i = 0u; i < TURNS; i++) { sum = sum * 0.5 + f32(id.x); }
  y[id.x] = sum;
}
`;
const turns = kernel("turns", SOURCE, ["y"]);

/** An adapter that nobody knows, on the one that is there. */
function unknown(gpu: Gpu): Gpu {
  const info = { ...gpu.info, vendor: "Fake", description: "Fake GPU 1" };
  Object.defineProperty(gpu, "info", { value: info });
  return gpu;
}

/** Records work whose second form is far faster; the form that was taken, and what was said. */
async function choose(
  gpu: Gpu,
  options: Partial<TuningOptions>,
): Promise<{ form: string; said: string }> {
  let said = "";
  const screen: Screen = {
    write: (text) => said += text,
    isTerminal: false,
    color: false,
    columns: () => 80,
    now: () => 0,
  };
  using progress = new Progress({ screen });
  await chooseKernels(gpu, { tune: false, ...options }, "infer", progress);
  using _plan = await record(gpu, () => {
    const forms = [20_000, 10].map((TURNS) => ({
      name: `${TURNS}`,
      kernel: turns,
      constants: { TURNS },
      groups: [64],
    }));
    emitBest("work 64", forms, { y: { storage: new Storage(256, true) } });
  });
  return { form: gpu.tuning.used["work 64"]!.form, said };
}

Deno.test("an adapter without a table is tuned once, and the choice kept", () =>
  inTemporaryFolder(async (folder) => {
    const cache = join(folder, "cache", "tuning.json");
    {
      using gpu = unknown(await openGpu());
      const { form, said } = await choose(gpu, { cache });
      assertEquals(form, "10");
      assert(said.includes("Kernels are chosen by their time on Fake"), said);
      const kept = await readTuningFile(cache, adapterName(gpu));
      assertEquals(kept, gpu.tuning.used);
    }
    using again = unknown(await openGpu());
    assertEquals(await choose(again, { cache }), { form: "10", said: "" });
    assertEquals(again.compiled.pipelines, 1);
  }));

Deno.test("an adapter with a table is tuned where it is asked for; a change is said", () =>
  inTemporaryFolder(async (folder) => {
    const cache = join(folder, "tuning.json");
    using gpu = await openGpu({ power: "cpu" });
    assertEquals(await choose(gpu, { cache }), { form: "20000", said: "" });
    const file = {
      adapters: { [adapterName(gpu)]: { "work 64": { form: "20000" } } },
    };
    await Deno.writeTextFile(cache, JSON.stringify(file));
    const { form, said } = await choose(gpu, { cache, tune: true });
    assertEquals(form, "10");
    assert(said.includes("Kernels changed: work 64: 10 instead of 20000"));
    assertEquals((await choose(gpu, { cache })).form, "10");
    // A run that goes on keeps its own.
    const ofRun = join(folder, "run.json");
    await Deno.writeTextFile(ofRun, JSON.stringify(file));
    assertEquals((await choose(gpu, { cache, ofRun })).form, "20000");
  }));

Deno.test("a broken cache is ignored with a warning, and replaced", () =>
  inTemporaryFolder(async (folder) => {
    const cache = join(folder, "tuning.json");
    await Deno.writeTextFile(cache, "{ not json");
    using gpu = unknown(await openGpu());
    const { form, said } = await choose(gpu, { cache });
    assertEquals(form, "10");
    assert(said.includes(`Kernels are chosen without a file: Cannot read`));
    const kept = await readTuningFile(cache, adapterName(gpu));
    assertEquals(Object.keys(kept), ["work 64"]);
  }));

Deno.test("a cache that cannot be written is no failure, an adapter without clocks is one with --tune", () =>
  inTemporaryFolder(async (folder) => {
    const file = join(folder, "file");
    await Deno.writeTextFile(file, "");
    using gpu = unknown(await openGpu());
    const { form, said } = await choose(gpu, { cache: join(file, "x.json") });
    assertEquals(form, "10");
    assert(said.includes("Kernels are not kept: "), said);
    using blind = unknown(await openGpu({ without: ["timestamp-query"] }));
    assertEquals((await choose(blind, { cache: file + "2" })).form, "20000");
    await assertRejects(
      () => choose(blind, { tune: true }),
      Error,
      "no timestamp queries",
    );
  }));

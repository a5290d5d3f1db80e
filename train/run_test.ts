import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import type { ClipSource } from "./data/clip_source.ts";
import { type Gpu, openGpu } from "../gpu/device.ts";
import { Checkpoint } from "../io/checkpoint.ts";
import { InputError } from "../core/errors.ts";
import { SafetensorsFile } from "../io/safetensors.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { tinyRun, writeTinyTeacher } from "../tests/tiny_run.ts";
import { listCheckpoints } from "./checkpoint.ts";
import { readMetrics } from "./logs/metrics.ts";

function withTeacher(body: (gpu: Gpu, folder: string) => Promise<void>) {
  return inTemporaryFolder(async (folder) => {
    using gpu = await openGpu();
    await writeTinyTeacher(folder);
    await body(gpu, folder);
  });
}

/** All tensors of the newest checkpoint whose names match. */
async function saved(folder: string, pattern: RegExp) {
  const { path } = (await listCheckpoints(join(folder, "checkpoints"))).at(-1)!;
  using file = await SafetensorsFile.open(path);
  const names = file.tensors.keys().filter((name) => pattern.test(name));
  return await Promise.all(names.map((name) => file.readF32(name)));
}

Deno.test("a run passes through all phases, and Phi stays as it ended", () =>
  withTeacher(async (gpu, folder) => {
    const keys = { steps: 8, phaseSteps: 3, checkpointEvery: 6 };
    const seen: number[] = [];
    const phi = /^[wmv]\..*wquantizer\.[LR]$|^steps\.low_rank$/;
    let atEnd: Promise<Float32Array[]> | undefined;
    const { metrics, loss } = await tinyRun(gpu, folder, keys, {
      onSaved(done) {
        seen.push(done);
        if (done === 6) atEnd = saved(join(folder, "run"), phi);
      },
    });
    assertEquals(metrics.map(({ rank }) => rank), [2, 2, 2, 1, 1, 1, 0, 0]);
    assertEquals(metrics.map(({ step }) => step), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert(metrics.every((row) => row.loss > 0 && row.gradNorm > 0));
    assertEquals(metrics[7]!.loss, loss);
    assertEquals(metrics[6]!.norms!["lowRank"], 0);
    assertEquals(metrics[6]!.lrs!["lowRank"], 0);
    assert(metrics[5]!.norms!["lowRank"]! > 0);
    assertEquals(seen, [6, 8]);
    assertEquals(await saved(join(folder, "run"), phi), await atEnd!);
  }));

Deno.test("every method and schedule trains; only qvgen has Phi", () =>
  withTeacher(async (gpu, folder) => {
    const keys: Record<string, unknown>[] = [
      { method: "naive" },
      { method: "full", lr: { weights: 1e-3 } },
      {
        rangeRule: "official-count",
        decay: "linear",
        lrSchedule: "polynomial",
      },
    ];
    for (const [i, more] of keys.entries()) {
      const out = join(folder, `${i}`);
      const { metrics, model } = await tinyRun(gpu, folder, {
        steps: 4,
        warmUp: 0,
        out,
        ...more,
      });
      assert(metrics.every(({ loss }) => Number.isFinite(loss)));
      assertEquals(metrics[0]!.rank, "method" in more ? 0 : 2);
      using written = await Checkpoint.open(join(model, "transformer"));
      const { quantization_config: quantised } = written.config!;
      assertEquals(quantised === undefined, more.method === "full");
    }
    // The teacher itself has nothing to learn from the teacher, but for
    // rounding: what needs no gradient may be fused.
    const [first] = readMetrics(join(folder, "1", "metrics.jsonl"));
    assert(first!.loss < 1e-10 && first!.gradNorm < 1e-4);
  }));

Deno.test("a step that is not finite ends the run, checkpoints intact", () =>
  withTeacher(async (gpu, folder) => {
    const broken = (source: ClipSource): ClipSource => ({
      ...source,
      async clip(index) {
        const clip = await source.clip(index);
        return index < 10 ? clip : { ...clip, video: clip.video.fill(NaN) };
      },
    });
    const keys = { steps: 20, checkpointEvery: 4 };
    await assertRejects(
      () => tinyRun(gpu, folder, keys, { clips: broken }),
      Error,
      "Step 6 was not finite: loss NaN, gradient norm NaN",
    );
    const run = join(folder, "run");
    const left = await listCheckpoints(join(run, "checkpoints"));
    assertEquals(left.map(({ steps }) => steps), [4]);
    assertEquals([...Deno.readDirSync(run)].map(({ name }) => name).sort(), [
      ".lock",
      "checkpoints",
      "config.yaml",
      "events",
      "metrics.jsonl",
      "tuning.json",
    ]);
    const losses = readMetrics(join(run, "metrics.jsonl")).map((m) => m.loss);
    assertEquals(losses.map(Number.isFinite), [
      ...new Array(5).fill(true),
      false,
    ]);
    await tinyRun(gpu, folder, { ...keys, resume: true });
  }));

Deno.test("a stopped run is saved at once and goes on as if it never stopped", () =>
  withTeacher(async (gpu, folder) => {
    const keys = { steps: 9, logEvery: 2, checkpointEvery: 100 };
    const whole = await tinyRun(gpu, folder, {
      ...keys,
      out: join(folder, "a"),
    });
    const stop = new AbortController();
    const stopping = (source: ClipSource): ClipSource => ({
      ...source,
      clip(index) {
        if (index === 8) stop.abort(); // the fifth batch of two
        return source.clip(index);
      },
    });
    const options = { clips: stopping, stop: stop.signal };
    await assertRejects(
      () => tinyRun(gpu, folder, keys, options),
      DOMException,
      "aborted",
    );
    const { metrics } = await tinyRun(gpu, folder, { ...keys, resume: true });
    assertEquals(
      metrics.map(({ loss, gradNorm }) => [loss, gradNorm]),
      whole.metrics.map(({ loss, gradNorm }) => [loss, gradNorm]),
    );
  }));

Deno.test("a run holds no more memory after many steps than after one, and none at its end", () =>
  withTeacher(async (gpu, folder) => {
    const { pinned, pooled } = gpu.pool.bytes;
    const bytes = new Set<string>();
    const watching = (source: ClipSource): ClipSource => ({
      ...source,
      clip(index) {
        const step = Math.floor(index / 2);
        if (step > 1 && step < 70) bytes.add(JSON.stringify(gpu.pool.bytes));
        return source.clip(index);
      },
    });
    // More steps between readings than the GPU keeps numbers of.
    const keys = { steps: 80, rank: 1, phaseSteps: 70, logEvery: 1000 };
    const options = { clips: watching };
    const { metrics } = await tinyRun(
      gpu,
      folder,
      { ...keys, checkpointEvery: 1000 },
      options,
    );
    assertEquals(metrics.length, 80);
    assertEquals(bytes.size, 1);
    assertEquals(gpu.pool.bytes.pooled, pooled);
    assertEquals(gpu.pool.bytes.pinned, pinned);
  }));

Deno.test("a run with gradient checkpointing learns the same", () =>
  withTeacher(async (gpu, folder) => {
    const run = async (gradientCheckpointing: boolean) => {
      const out = join(folder, `${gradientCheckpointing}`);
      const keys = { steps: 4, gradientCheckpointing, out };
      return (await tinyRun(gpu, folder, keys)).metrics;
    };
    const [kept, again] = [await run(false), await run(true)];
    assertEquals(again[0]!.loss, kept[0]!.loss);
    for (const [i, { loss, gradNorm }] of again.entries()) {
      const want = kept[i]!;
      assert(Math.abs(loss - want.loss) < 1e-3 * want.loss);
      assert(Math.abs(gradNorm - want.gradNorm) < 1e-3 * want.gradNorm);
    }
  }));

Deno.test("a second run in the same folder is refused, and the first goes on", () =>
  withTeacher(async (gpu, folder) => {
    const keys = { steps: 3, checkpointEvery: 1 };
    const refused: Promise<unknown>[] = [];
    const { metrics } = await tinyRun(gpu, folder, keys, {
      onSaved() {
        for (const resume of [false, true]) {
          refused.push(assertRejects(
            () => tinyRun(gpu, folder, { ...keys, bits: 3, resume }),
            InputError,
            `Cannot train in ${join(folder, "run")}: another run is at work`,
          ));
        }
      },
    });
    assertEquals(metrics.length, 3);
    assertEquals(refused.length, 6);
    await Promise.all(refused);
    const yaml = await Deno.readTextFile(join(folder, "run", "config.yaml"));
    assert(yaml.includes("bits: W4A4"));
  }));

Deno.test("a new run moves an earlier one aside", () =>
  withTeacher(async (gpu, folder) => {
    const keys = { steps: 3 };
    const first = await tinyRun(gpu, folder, { ...keys, seed: 1 });
    const second = await tinyRun(gpu, folder, { ...keys, seed: 2 });
    const earlier = join(folder, "run", "earlier-1");
    assertEquals(readMetrics(join(earlier, "metrics.jsonl")), first.metrics);
    const { length } = await listCheckpoints(
      join(folder, "run", "checkpoints"),
    );
    assertEquals(length, 1);
    // A run at its end has nothing left to do but to write its model again.
    const again = await tinyRun(gpu, folder, {
      ...keys,
      seed: 2,
      resume: true,
    });
    assertEquals(again, second);
  }));

import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { type Gpu, openGpu } from "../gpu/device.ts";
import { loadPipeline } from "../infer/load_pipeline.ts";
import { type OpenOptions, PipelineSource } from "../infer/pipeline_source.ts";
import { Checkpoint } from "../io/checkpoint.ts";
import { openVae } from "../models/vae/open.ts";
import { readerOf } from "../models/vae/video_vae.ts";
import { inTemporaryFolder } from "./temporary_folder.ts";
import { writeTinyPipeline } from "./tiny_pipeline.ts";
import { tinyRun } from "./tiny_run.ts";

const WAN = "tests/fixtures/pipelines/wan-tiny";

/** Loads a pipeline, makes a clip, disposes it; `limited`: with as little memory as goes. */
async function generate(
  gpu: Gpu,
  folder: string,
  options: OpenOptions,
  limited = false,
): Promise<void> {
  const source = await PipelineSource.open(folder, options);
  const wan = { size: { frames: 5, height: 32, width: 32 } };
  const settings = {
    ...source.settings,
    steps: 1,
    ...folder === WAN && wan,
  };
  const load = (bytes: number) =>
    source.load(gpu, [], limited ? { bytes, settings } : undefined);
  let bytes = 10_000;
  if (limited) {
    const error: Error = await load(bytes).then(() => new Error(), (e) => e);
    bytes = Number(/at least (\d+)/.exec(error.message)![1]);
  }
  const { pipeline, streamedBlocks } = await load(bytes);
  using _owner = pipeline;
  assertEquals(streamedBlocks > 0, limited);
  assert(gpu.pool.bytes.pinned > 10_000);
  await pipeline.generate({ prompt: "a red ring", seed: 1 }, settings);
}

/** Runs work twice; it must leave the memory as it was, what fails too. */
async function leavesNothing(
  gpu: Gpu,
  work: () => Promise<unknown>,
): Promise<void> {
  const { pinned, pooled } = gpu.pool.bytes;
  for (let i = 0; i < 2; i++) {
    await work();
    assertEquals(gpu.pool.bytes.pinned, pinned);
    assertEquals(gpu.pool.bytes.pooled, pooled);
  }
}

Deno.test("a pipeline leaves no memory behind, in whatever form its weights are held", () =>
  inTemporaryFolder(async (folder) => {
    using gpu = await openGpu();
    await writeTinyPipeline(folder);
    for (const precision of ["packed", "fake", "f16", "f32"] as const) {
      await leavesNothing(gpu, () => generate(gpu, folder, { precision }));
    }
    for (const precision of ["packed", "f32"] as const) {
      await leavesNothing(
        gpu,
        () => generate(gpu, folder, { precision }, true),
      );
    }
    for (const textWeights of ["f16", "w8", "w4"] as const) {
      await leavesNothing(gpu, () => generate(gpu, folder, { textWeights }));
    }
    await leavesNothing(gpu, () => generate(gpu, WAN, {}));
  }));

Deno.test("a loaded pipeline leaves no memory behind, with a clip half made neither", () =>
  inTemporaryFolder(async (folder) => {
    using gpu = await openGpu();
    await writeTinyPipeline(folder);
    const request = { prompt: "a red ring", seed: 1 };
    await leavesNothing(gpu, async () => {
      await using pipeline = await loadPipeline(folder, {
        gpu,
        requests: [request],
        settings: { steps: 2 },
        onNote() {},
      });
      await (await pipeline.generate(request)).save(join(folder, "a.gif"));
      for await (const { done } of pipeline.generate(request)) {
        if (done > 0) break;
      }
    });
  }));

Deno.test("an autoencoder leaves no memory behind", async () => {
  using gpu = await openGpu();
  using source = await Checkpoint.open(join(WAN, "vae"));
  await leavesNothing(gpu, async () => {
    using vae = await openVae(gpu, source);
    const size = { frames: 5, height: 32, width: 32 };
    const data = new Float32Array(3 * 5 * 32 * 32);
    await vae.encode(readerOf({ shape: [3, 5, 32, 32], data }), size);
  });
});

/** Makes a byte of a file another, by default the last. */
async function damage(path: string, at = -1): Promise<void> {
  const bytes = await Deno.readFile(path);
  bytes[at < 0 ? bytes.length + at : at]! ^= 1;
  await Deno.writeFile(path, bytes);
}

Deno.test("loading that fails half-way leaves no memory behind", () =>
  inTemporaryFolder(async (folder) => {
    using gpu = await openGpu();
    for (
      const part of [
        "transformer_w4a4/diffusion_pytorch_model",
        "transformer/diffusion_pytorch_model",
        "text_encoder/model",
      ]
    ) {
      const model = join(folder, part.slice(0, part.indexOf("/")));
      await writeTinyPipeline(model);
      // The encoder's last tensor is the table, whose rows are read one by one.
      const path = join(model, `${part}.safetensors`);
      const header = new DataView((await Deno.readFile(path)).buffer)
        .getUint32(0, true);
      await damage(path, part.startsWith("text") ? 8 + header + 2 : -1);
      const forms: OpenOptions[] = part.startsWith("text")
        ? [{}, { textWeights: "f16" }, { textWeights: "w4" }]
        : part.startsWith("transformer/")
        ? [{ precision: "f32" }, { precision: "f16" }]
        : [{ precision: "packed" }, { precision: "fake" }];
      for (const options of forms) {
        await leavesNothing(gpu, () =>
          assertRejects(
            () => generate(gpu, model, options),
            InputError,
            "is damaged",
          ));
      }
    }
    const streamed = join(folder, "transformer"); // its damage is met on the way
    await leavesNothing(gpu, () =>
      assertRejects(
        () => generate(gpu, streamed, { precision: "f32" }, true),
        InputError,
        "is damaged",
      ));
  }));

Deno.test("a run that fails leaves no memory behind", () =>
  inTemporaryFolder(async (folder) => {
    using gpu = await openGpu();
    const model = join(folder, "model");
    await writeTinyPipeline(model, { frames: 2, height: 24, width: 24 });
    const keys = { steps: 4, checkpointEvery: 100 };
    await tinyRun(gpu, folder, keys);
    await damage(join(folder, "run/checkpoints/step-00000004.safetensors"));
    await leavesNothing(gpu, () =>
      assertRejects(
        () => tinyRun(gpu, folder, { ...keys, resume: true }),
        InputError,
        "is damaged",
      ));
    await damage(
      join(model, "transformer/diffusion_pytorch_model.safetensors"),
    );
    await leavesNothing(gpu, () =>
      assertRejects(
        () => tinyRun(gpu, folder, { ...keys, out: join(folder, "other") }),
        InputError,
        "is damaged",
      ));
  }));

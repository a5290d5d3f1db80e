import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { proceduralClip } from "../data/procedural.ts";
import { openGpu } from "../../gpu/device.ts";
import { PipelineSource } from "../../infer/pipeline_source.ts";
import { PatchCodec } from "../../models/tiny/patch_codec.ts";
import { inTemporaryFolder } from "../../tests/temporary_folder.ts";
import { readMetrics } from "../logs/metrics.ts";
import { TINY_CODEC } from "./codec.ts";
import { pretrain } from "./run.ts";
import { writeTinyFolder } from "./write_folder.ts";

Deno.test("pretrain() learns, goes on from its checkpoint, and writes a model that generates", async () => {
  await inTemporaryFolder(async (folder) => {
    const config = { ...TINY_CODEC, latent_channels: 8 };
    const clips = Array.from({ length: 6 }, (_, i) => proceduralClip(1, i));
    const codec = PatchCodec.fit(config, clips.map(({ video }) => video));
    const settings = {
      steps: 3,
      batch: 2,
      lr: 1e-3,
      schedule: "cosine",
      seed: 5,
      dim: 32,
      layers: 1,
      ema: 0.5,
      captionDropout: 0.5,
      noiseShift: 3,
      checkpointEvery: 2,
      out: join(folder, "out"),
      resume: false,
    } as const;
    using gpu = await openGpu();
    const stop = new AbortController();
    const stopped = { ...settings, steps: 100, checkpointEvery: 100 };
    const run = pretrain(gpu, codec, stopped, () => {}, stop.signal);
    stop.abort(new Error("enough"));
    await assertRejects(() => run, Error, "enough");
    const resumed = { ...settings, steps: 2, resume: true };
    assertEquals((await pretrain(gpu, codec, resumed)).steps, 3);
    const trained = await pretrain(gpu, codec, { ...settings, resume: true });
    assertEquals(trained.steps, 6);
    const steps = readMetrics(join(settings.out, "metrics.jsonl"));
    assertEquals(steps.map(({ step }) => step), [1, 2, 3, 4, 5, 6]);
    assert(steps.every(({ loss }) => loss > 0 && loss < 10));

    const model = join(folder, "model");
    const sampling = { steps: 2, guidance: 2, shift: 3 };
    await writeTinyFolder(gpu, model, trained, codec, sampling);
    const source = await PipelineSource.open(model);
    const { pipeline } = await source.load(gpu);
    using _closing = pipeline;
    const request = { prompt: "a red circle moving right", seed: 1 };
    const clip = await pipeline.generate(request, source.settings);
    assertEquals(clip.data.length, 16 * 32 * 32 * 3);
  });
});

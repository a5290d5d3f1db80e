import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { openGpu } from "../gpu/device.ts";
import { PipelineSource } from "../infer/pipeline_source.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { writeTinyCogVideoX } from "../tests/tiny_pipeline.ts";
import { tinyRun } from "../tests/tiny_run.ts";

Deno.test("a CogVideoX model is trained by QVGen, packed, and makes clips", () =>
  inTemporaryFolder(async (folder) => {
    await writeTinyCogVideoX(join(folder, "model"), {
      height: 24,
      width: 24,
    });
    using gpu = await openGpu();
    const { metrics, model } = await tinyRun(gpu, folder, { steps: 4 });
    assertEquals(metrics.map(({ rank }) => rank), [2, 1, 0, 0]);
    assert(metrics.every((row) => row.loss > 0 && row.gradNorm > 0));
    const source = await PipelineSource.open(model);
    assertEquals(source.precision, "packed");
    const { pipeline } = await source.load(gpu);
    using _disposing = pipeline;
    const request = { prompt: "a red ring", seed: 1 };
    const { frames, height } = await pipeline.generate(
      request,
      source.settings,
    );
    assertEquals([frames, height], [8, 24]);
  }));

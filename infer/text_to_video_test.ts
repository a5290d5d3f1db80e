import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { openGpu } from "../gpu/device.ts";
import type { Clip } from "../io/video/clip.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import {
  writeTinyCogVideoX,
  writeTinyPipeline,
} from "../tests/tiny_pipeline.ts";
import { PipelineSource } from "./pipeline_source.ts";

const REQUESTS = [
  { prompt: "a red ring", seed: 7 },
  { prompt: "a blue square moving up", seed: 8 },
];

/** The largest difference of two clips in levels of 0 to 255. */
function difference(a: Clip, b: Clip): number {
  return a.data.reduce(
    (most, level, i) => Math.max(most, Math.abs(level - b.data[i]!)),
    0,
  );
}

for (const rule of ["timestep", "official-count"]) {
  Deno.test(`clips made side by side are those made alone, clips of activations by the ${rule} rule`, () =>
    inTemporaryFolder(async (folder) => {
      await writeTinyPipeline(folder);
      const path = join(folder, "transformer_w4a4", "config.json");
      const config = await Deno.readTextFile(path);
      await Deno.writeTextFile(path, config.replace("timestep", rule));
      const source = await PipelineSource.open(folder, { precision: "fake" });
      using gpu = await openGpu();
      const { pipeline } = await source.load(gpu);
      using _disposing = pipeline;
      const alone: Clip[] = [];
      for (const request of REQUESTS) {
        alone.push(await pipeline.generate(request, source.settings));
      }
      const texts = REQUESTS.map(({ prompt }) => prompt);
      const rows = await pipeline.encode([...texts, ""]);
      const together = await pipeline.denoise(
        REQUESTS.map(({ seed }, i) => ({ text: rows[i]!, seed })),
        rows[2]!,
        source.settings,
      );
      assert(difference(alone[0]!, alone[1]!) > 50);
      for (const [i, clip] of together.entries()) {
        assert(difference(clip, alone[i]!) <= 2);
      }
    }));
}

Deno.test("a pipeline follows guidance, seed and negative prompt", () =>
  inTemporaryFolder(async (folder) => {
    await writeTinyPipeline(folder);
    const source = await PipelineSource.open(folder, { precision: "f32" });
    using gpu = await openGpu();
    const { pipeline } = await source.load(gpu);
    using _disposing = pipeline;
    const request = { prompt: "a red ring", negative: "a still ring", seed: 1 };
    let phases: string[] = [];
    const make = (changes: object, settings: object = {}) => {
      phases = [];
      return pipeline.generate(
        { ...request, ...changes },
        { ...source.settings, ...settings },
        (phase, done) => phases.push(`${phase} ${done}`),
      );
    };
    const first = await make({});
    const steps = ["denoise 1", "denoise 2", "denoise 3", "decode 3"];
    assertEquals(phases, ["text 0", "compile 0", ...steps]);
    assertEquals(difference(first, await make({})), 0);
    assertEquals(phases, ["text 0", "denoise 0", ...steps]);
    assert(difference(first, await make({ seed: 2 })) > 50);
    assert(difference(first, await make({ negative: "a red ring" })) > 0);
    // Away from itself is nowhere.
    const unguided = await make({}, { guidance: 1 });
    const same = await make({ negative: request.prompt });
    assert(difference(unguided, same) <= 1);
  }));

Deno.test("a CogVideoX pipeline follows sampler, guidance rule and seed", () =>
  inTemporaryFolder(async (folder) => {
    await writeTinyCogVideoX(folder);
    using gpu = await openGpu();
    const make = async (
      sampler: "ddim" | "dpm",
      seed: number,
      guidanceRule: "constant" | "dynamic" = "constant",
    ) => {
      const source = await PipelineSource.open(folder, { sampler });
      const { pipeline } = await source.load(gpu);
      using _disposing = pipeline;
      const settings = { ...source.settings, guidanceRule };
      return await pipeline.generate({ prompt: "a red ring", seed }, settings);
    };
    const [first, noisy] = [await make("ddim", 1), await make("dpm", 1)];
    assertEquals(difference(first, await make("ddim", 1)), 0);
    assertEquals(difference(noisy, await make("dpm", 1)), 0);
    assert(difference(first, noisy) > 20);
    assert(difference(noisy, await make("dpm", 2)) > 20);
    assert(difference(first, await make("ddim", 1, "dynamic")) > 0);
    await assertRejects(
      () => PipelineSource.open(folder, { sampler: "euler" }),
      InputError,
      "accepted is ddim or dpm",
    );
  }));

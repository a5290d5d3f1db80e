import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
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

Deno.test("clips asked for at the same time are those of their seeds", () =>
  inTemporaryFolder(async (folder) => {
    await writeTinyPipeline(folder);
    const source = await PipelineSource.open(folder);
    using gpu = await openGpu();
    const { pipeline } = await source.load(gpu);
    using _disposing = pipeline;
    const asked = [
      { prompt: "a red ring", seed: 7, steps: 3 },
      { prompt: "a blue square moving up", seed: 8, steps: 2 },
      { prompt: "a red ring", seed: 9, steps: 3 },
    ];
    const make = ({ steps, ...request }: typeof asked[number]) =>
      pipeline.generate(request, { ...source.settings, steps });
    const alone = [];
    for (const request of asked) alone.push((await make(request)).data);
    const together = asked.map(make);
    source.check(["a ring"], { ...source.settings, steps: 5 }); // has its own table
    const made = (await Promise.all(together)).map(({ data }) => data);
    assertEquals(made, alone);
    // One that fails does not hold the others up.
    const wrong = pipeline.generate(asked[0]!, {
      ...source.settings,
      steps: 0,
    });
    const after = make(asked[1]!);
    await assertRejects(() => wrong, InputError, "Steps 0");
    assertEquals((await after).data, alone[1]);
  }));

Deno.test("clips that no adapter can make are refused before any work", () =>
  inTemporaryFolder(async (folder) => {
    await writeTinyPipeline(folder);
    const source = await PipelineSource.open(folder);
    using gpu = await openGpu();
    const { settings } = source;
    const began = performance.now();
    const far: [number, number, number, string][] = [
      [
        1_000_000,
        16,
        16,
        "Size: found 1000000 frames of 16x16, accepted are at most",
      ],
      [4, 2 ** 31, 2 ** 31, "Size: found 4 frames of 2147483648x2147483648"],
      [4, 16, 2 ** 31, "of at most 16384 pixels a side"],
    ];
    for (const [frames, height, width, message] of far) {
      const size = { frames, height, width };
      assertThrows(
        () => source.check(["a ring"], { ...settings, size }),
        InputError,
        message,
      );
    }
    const size = { frames: 800, height: 4096, width: 4096 };
    source.check(["a ring"], { ...settings, size });
    assertThrows(
      () => source.checkOn(gpu, { ...settings, size }),
      InputError,
      "Cannot make clips of this size on this adapter: they take tensors of",
    );
    const { pipeline } = await source.load(gpu);
    using _disposing = pipeline;
    await assertRejects(
      () => pipeline.generate(REQUESTS[0]!, { ...settings, size }),
      InputError,
      "take fewer frames or pixels",
    );
    assert(performance.now() - began < 20_000);
  }));

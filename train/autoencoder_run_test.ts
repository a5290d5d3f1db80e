import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { openGpu } from "../gpu/device.ts";
import { PipelineSource } from "../infer/pipeline_source.ts";
import { findProgram } from "../io/video/ffmpeg.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { tinyRun } from "../tests/tiny_run.ts";

const PIPELINES = join(Deno.cwd(), "tests/fixtures/pipelines");
const SIZE = { frames: 5, height: 32, width: 48 };
const KEYS = {
  ...SIZE,
  data: join(Deno.cwd(), "tests/fixtures/video/dataset"),
  batch: 1,
  rank: 1,
  checkpointEvery: 100,
};
const ignore = await findProgram("ffprobe") === undefined;

/** A folder with a published pipeline's kind of folder as its model. */
function withModel(name: string, body: (folder: string) => Promise<void>) {
  return inTemporaryFolder(async (folder) => {
    await Deno.symlink(join(PIPELINES, name), join(folder, "model"));
    await body(folder);
  });
}

// CogVideoX's autoencoder makes no clips of an even number of latent frames.
for (
  const [name, frames] of [["wan-tiny", 5], ["cogvideox-tiny", 9]] as const
) {
  Deno.test({
    name: `the whole folder ${name} is trained on videos and becomes another`,
    ignore,
    fn: () =>
      withModel(name, async (folder) => {
        using gpu = await openGpu();
        const { metrics, model, captions } = await tinyRun(gpu, folder, {
          ...KEYS,
          frames,
          steps: 3,
        });
        assertEquals(metrics.map(({ rank }) => rank), [1, 1, 0]);
        assert(metrics.every((row) => row.loss > 0 && row.gradNorm > 0));
        assertEquals(captions.length, 2);
        const source = await PipelineSource.open(model);
        assertEquals(source.precision, "packed");
        const { pipeline } = await source.load(gpu);
        using _closing = pipeline;
        const size = { ...SIZE, frames };
        const settings = { ...source.settings, size, steps: 1 };
        const clip = await pipeline.generate(
          { prompt: captions[0]!, seed: 1 },
          { ...settings, guidance: 1 },
        );
        assertEquals([clip.frames, clip.height, clip.width], [frames, 32, 48]);
      }),
  });
}

Deno.test({
  name: "a resumed run encodes nothing again and goes on with the same draws",
  ignore,
  fn: () =>
    withModel("wan-tiny", async (folder) => {
      using gpu = await openGpu();
      const keys = { ...KEYS, steps: 4, checkpointEvery: 2 };
      const out = join(folder, "whole");
      const whole = await tinyRun(gpu, folder, { ...keys, out });
      const stop = new AbortController();
      const options = { stop: stop.signal, onSaved: () => stop.abort() };
      await assertRejects(() => tinyRun(gpu, folder, keys, options));
      const phases: string[] = [];
      const onPhase = (label: string) => phases.push(label);
      const again = { ...keys, resume: true };
      const { metrics } = await tinyRun(gpu, folder, again, { onPhase });
      assertEquals(
        metrics.map(({ loss, gradNorm }) => [loss, gradNorm]),
        whole.metrics.map(({ loss, gradNorm }) => [loss, gradNorm]),
      );
      assert(phases.includes("training"));
      assert(!phases.some((label) => label.startsWith("encoding")));
    }),
});

Deno.test("a run through an autoencoder refuses sizes before anything is written", () =>
  withModel("wan-tiny", async (folder) => {
    using gpu = await openGpu();
    const data = "procedural";
    const refused = async (size: object, message: string) => {
      const keys = { ...KEYS, data, ...size, steps: 3 };
      await assertRejects(
        () => tinyRun(gpu, folder, keys),
        InputError,
        message,
      );
    };
    await refused(
      { frames: 6, width: 50 },
      "6 frames of 50x32; the nearest it makes is 5 frames of 48x32",
    );
    await refused({ height: 16 }, "Cannot render clips of 16x48");
    assertEquals([...Deno.readDirSync(folder)].length, 1);
  }));

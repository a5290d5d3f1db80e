import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import { writeTinyPipeline } from "../tests/tiny_pipeline.ts";
import { PipelineSource } from "./pipeline_source.ts";

Deno.test("a sampler may take the place of a scheduler that is not built", () =>
  inTemporaryFolder(async (folder) => {
    await writeTinyPipeline(folder);
    const edit = async (path: string, change: (json: string) => string) => {
      const file = join(folder, path);
      await Deno.writeTextFile(file, change(await Deno.readTextFile(file)));
    };
    const own = (await PipelineSource.open(folder)).settings;
    const rename = (json: string) =>
      json.replace("UniPCMultistepScheduler", "DPMSolverMultistepScheduler");
    await edit("model_index.json", rename);
    await edit("scheduler/scheduler_config.json", rename);
    await assertRejects(
      () => PipelineSource.open(folder),
      InputError,
      "has DPMSolverMultistepScheduler as scheduler, accepted is UniPC",
    );
    await assertRejects(
      () => PipelineSource.open(folder, { sampler: "ddim" }),
      InputError,
      "as scheduler, accepted is UniPC",
    );
    for (const sampler of ["unipc", "euler"] as const) {
      const { settings } = await PipelineSource.open(folder, { sampler });
      assertEquals(settings, { ...own, sampler, grid: settings.grid });
    }
  }));

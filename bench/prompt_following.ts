import { extname } from "@std/path";
import { defineCommand, type Parsed } from "../cli/flags/flag_types.ts";
import { OUTPUT_FLAGS } from "../cli/flags/output_flags.ts";
import { jsonText } from "../cli/json_text.ts";
import type { Run } from "../cli/main.ts";
import { checkOutput } from "../cli/output_file.ts";
import { userPath } from "../cli/paths.ts";
import { Progress } from "../cli/progress.ts";
import { modelFolder } from "../cli/models.ts";
import { openOptions, SAMPLING_FLAGS } from "../cli/sampling.ts";
import { InputError } from "../core/errors.ts";
import { settingsAsked } from "../infer/asked_settings.ts";
import { PipelineSource } from "../infer/pipeline_source.ts";
import {
  evaluationGrid,
  type ScoreTable,
  scoreTable,
} from "../train/data/evaluation.ts";
import { openGpu } from "../gpu/device.ts";
import { writeFileAtomic } from "../io/atomic.ts";
import { encodePng } from "../io/video/png.ts";
import { clipsSheet } from "./clips_sheet.ts";
import { judge, type Judged, spreadOver } from "./judge.ts";

/** What the command line knows of `bench prompts`. */
export const command = defineCommand({
  name: "bench prompts",
  summary:
    "Makes clips from a fixed grid of prompts and says how many show what was asked for.",
  flags: {
    ...SAMPLING_FLAGS,
    limit: {
      type: "integer",
      min: 1,
      max: evaluationGrid().length,
      help: "Make so many clips, spread over the grid",
      shownDefault: "all",
    },
    batch: {
      type: "integer",
      min: 1,
      max: 64,
      default: 8,
      help: "Clips made side by side; more need more memory",
    },
    sheet: {
      type: "string",
      help: "Write four frames of each clip as one picture",
      placeholder: "FILE.png",
    },
    ...OUTPUT_FLAGS,
  },
  examples: ["--limit 24 --guidance 1", "--precision f32 --sheet teacher.png"],
});

/** Makes the clips, reads them back, prints the table. */
export async function promptFollowing(
  { flags }: Parsed<typeof command.flags>,
  run: Run,
  print: (text: string) => void = console.log,
): Promise<void> {
  const sheet = flags.sheet === undefined ? undefined : userPath(flags.sheet);
  if (sheet !== undefined) await checkSheet(sheet);
  using progress = new Progress({ quiet: flags.quiet });
  run.onInterrupt(() => {
    progress[Symbol.dispose]();
    return "nothing was measured";
  });
  progress.phase("loading the model");
  const source = await PipelineSource.open(
    await modelFolder(flags.model),
    await openOptions(flags),
  );
  const settings = settingsAsked(source.settings, flags);
  const grid = spreadOver(evaluationGrid(), flags.limit);
  source.check(grid.map(({ prompt }) => prompt), settings);
  using gpu = await openGpu({ power: flags.gpu });
  const { pipeline, weightBytes } = await source.load(gpu);
  using _disposing = pipeline;
  const began = performance.now();
  const judged: Judged[] = [];
  progress.phase("making clips", grid.length);
  for await (const some of judge(pipeline, grid, settings, flags.batch)) {
    judged.push(...some);
    const { all } = scoreTable(judged.map(({ score }) => score));
    progress.advance(some.length, `${percent(all)} as asked`);
  }
  const seconds = (performance.now() - began) / 1000;
  if (sheet !== undefined) {
    progress.phase("writing the sheet");
    const picture = clipsSheet(judged.map(({ clip }) => clip));
    await writeFileAtomic(sheet, await encodePng(picture));
  }
  progress[Symbol.dispose]();
  const table = scoreTable(judged.map(({ score }) => score));
  const { steps, guidance, shift, sampler } = settings;
  if (!flags.json) {
    print(rows(table));
    print(
      `${table.clips} clips, ${source.precision}, ${steps} steps of ${sampler}, guidance ${guidance}, shift ${shift}: ` +
        `${seconds.toFixed(1)} s, ${
          (seconds / table.clips).toFixed(2)
        } s a clip`,
    );
    return;
  }
  print(jsonText({
    table,
    seconds,
    precision: source.precision,
    steps,
    guidance,
    shift,
    sampler,
    flow_grid: settings.grid,
    weight_bytes: weightBytes,
    peak_gpu_bytes: gpu.pool.bytes.peak,
    adapter: gpu.info.description,
    clips: judged.map(({ asked: { prompt, seed }, score }) => ({
      prompt,
      seed,
      ...score,
    })),
  }));
}

async function checkSheet(path: string): Promise<void> {
  if (extname(path).toLowerCase() !== ".png") {
    throw new InputError(`Flag --sheet: found ${path}, accepted is FILE.png`);
  }
  await checkOutput(path);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Two lines: what was asked for, how often it is seen. */
function rows({ color, background, motion, shape, all, fit }: ScoreTable) {
  const cells = [
    ["colour", percent(color)],
    ["background", percent(background)],
    ["motion", percent(motion)],
    ["shape", percent(shape)],
    ["all four", percent(all)],
    ["fit", fit.toFixed(3)],
  ];
  return [0, 1].map((line) => cells.map((cell) => cell[line]!.padStart(10)))
    .map((cells) => cells.join("  ")).join("\n");
}

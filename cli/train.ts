import { join } from "@std/path";
import { formatBits } from "../core/bits.ts";
import { type Gpu, openGpu } from "../gpu/device.ts";
import { resolveConfig, type TrainConfig } from "../train/config/config.ts";
import { readConfigFile } from "../train/config/config_source.ts";
import { type Sample, writeReport } from "../train/logs/report.ts";
import type { TrainMemory } from "../train/memory_estimate.ts";
import { type FinishedRun, trainRun } from "../train/run.ts";
import { TUNING_FILE } from "../train/run_tuning.ts";
import { writeSamples } from "../train/samples.ts";
import { DEVICE_FLAGS } from "./flags/device_flags.ts";
import { configFlags, flagSource } from "./flags/config_flags.ts";
import type { Command, Flags, Parsed } from "./flags/flag_types.ts";
import { OUTPUT_FLAGS } from "./flags/output_flags.ts";
import { jsonText } from "./json_text.ts";
import { type Run, runCommand } from "./main.ts";
import { modelFolder } from "./models.ts";
import { userPath } from "./paths.ts";
import { checkProfile, startProfile } from "./profiling.ts";
import { Progress } from "./progress.ts";
import { resultLines, shownPath } from "./result_lines.ts";
import { chooseKernels } from "./tuning.ts";
import { bytesText, counted, msText } from "./units.ts";

/** What the command line knows of `train`. */
export const command: Command<Flags> = {
  name: "train",
  summary:
    "Trains a quantised student of a video diffusion transformer (QVGen) and packs it.",
  flags: {
    config: {
      type: "string",
      help: "YAML file with settings; flags overrule it",
      placeholder: "FILE.yaml",
    },
    ...configFlags(),
    ...DEVICE_FLAGS,
    ...OUTPUT_FLAGS,
  },
  examples: [
    "--bits 3 --steps 1200",
    "--data my-clips --steps 100",
    "--resume",
  ],
};

/** What the samples of a run on rendered clips show. */
const PROMPTS = [
  "a red circle moving right on a black background",
  "a blue square moving up on a gray background",
  "a yellow triangle still on a navy background",
  "a green ring moving left on a black background",
];

/** Runs `train` with parsed flags; `print` takes the line of results. */
export async function train(
  { flags }: Parsed<Flags>,
  run: Run,
  print: (text: string) => void = console.log,
): Promise<void> {
  const { config: file, quiet, json, profile, tune } = flags;
  const given = resolveConfig([
    ...(typeof file === "string" ? [readConfigFile(userPath(file))] : []),
    flagSource(flags),
  ]);
  const folder = await modelFolder(given.model);
  const config = withUserPaths(given, folder);
  const traced = typeof profile === "string" ? userPath(profile) : undefined;
  if (traced !== undefined) await checkProfile(traced);
  using gpu = await openGpu({ power: config.gpu });
  using progress = new Progress({ quiet: quiet === true });
  const writeProfile = startProfile(gpu, traced, progress);
  const ofRun = config.resume ? join(config.out, TUNING_FILE) : undefined;
  await chooseKernels(gpu, { tune: tune === true, ofRun }, "train", progress);
  const stop = new AbortController();
  let saved = "";
  const running = trainRun(
    gpu,
    { folder, config },
    {
      phase: (label, total) => progress.phase(label, total),
      memory: (estimate) =>
        progress.log(`train: ${memoryWords(estimate, config)}`),
      advance: (count) => progress.advance(count),
      steps: (count, { loss, norm }, ms) =>
        progress.advance(
          count,
          `loss ${loss.toPrecision(4)}, grad norm ${norm.toPrecision(3)}, ${
            msText(ms)
          } a step`,
        ),
      saved: (path, done) =>
        saved = `${counted(done, "step")} ${
          done === 1 ? "is" : "are"
        } saved in ${path}; go on with the same command and --resume`,
      note: (text) => progress.warn(`train: ${text}`),
    },
    stop.signal,
  );
  run.onInterrupt(async () => {
    stop.abort();
    await running.catch(() => {}); // it ends with the step under way
    if (saved === "") return "nothing was saved";
    report(config);
    return saved;
  });
  using finished = await running;
  await writeProfile();
  const page = await review(gpu, folder, config, finished, progress);
  progress[Symbol.dispose]();
  const { model, loss } = finished;
  const { steps } = config;
  const { peak } = gpu.pool.bytes;
  const { pipelines, ms } = gpu.compiled;
  print(
    json === true
      ? jsonText({
        model,
        steps,
        loss,
        report: page,
        peak_gpu_bytes: peak,
        pipelines,
        compile_ms: ms,
        adapter: gpu.info.description,
      })
      : resultLines(model, [
        counted(steps, "step"),
        `loss ${loss.toPrecision(4)}`,
        `GPU ${bytesText(peak)}`,
        `report ${shownPath(page)}`,
      ]),
  );
}

/** Samples from teacher and student and writes the report; returns its path. */
async function review(
  gpu: Gpu,
  folder: string,
  config: TrainConfig,
  { model, captions, size }: FinishedRun,
  progress: Progress,
): Promise<string> {
  const { data, method, out } = config;
  const prompts = data === "procedural"
    ? PROMPTS
    : captions.slice(0, PROMPTS.length);
  const precision = method === "full" ? "f32" : "packed";
  const models = [
    { name: "teacher", folder, precision: "f32" },
    { name: "student", folder: model, precision },
  ] as const;
  progress.phase("sampling", models.length * prompts.length);
  const samples = await writeSamples(
    gpu,
    out,
    models,
    { prompts, size },
    () => progress.advance(),
  );
  return report(config, samples);
}

/** Writes the report of what was logged so far; returns its path. */
function report(config: TrainConfig, samples: readonly Sample[] = []): string {
  const bits = formatBits(config.bits);
  return writeReport(config.out, {
    title: `${config.method} ${bits}`,
    config: { ...config, bits },
    samples,
  });
}

/** `GPU memory, estimated: 31 GB: teacher 5.7 GB, ...` */
function memoryWords(
  { teacher, student, activations, checkpointed }: TrainMemory,
  { gradientCheckpointing: saves }: TrainConfig,
): string {
  const live = saves ? checkpointed : activations;
  const hint = saves
    ? ""
    : `; --gradient-checkpointing brings these to ${bytesText(checkpointed)}`;
  return `GPU memory, estimated: ${
    bytesText(teacher + student + live)
  }: teacher ${bytesText(teacher)}, student with gradients and moments ${
    bytesText(student)
  }, activations of a step ${bytesText(live)}${hint}`;
}

/** Full paths, so that a run can be resumed from any folder; what names no path stays. */
function withUserPaths(config: TrainConfig, folder: string): TrainConfig {
  const { model, data, out } = config;
  return {
    ...config,
    model: folder === userPath(model) ? folder : model,
    data: data === "procedural" ? data : userPath(data),
    out: userPath(out),
  };
}

if (import.meta.main) await runCommand(command, train);

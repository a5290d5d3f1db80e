import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { openGpu } from "../gpu/device.ts";
import { writeFileAtomic } from "../io/atomic.ts";
import { writeVideo } from "../io/video/write.ts";
import { defineCommand, type Parsed } from "./flag_types.ts";
import { type Run, runCommand } from "./main.ts";
import { checkOutput } from "./output_file.ts";
import { userPath } from "./paths.ts";
import { Progress } from "./progress.ts";
import { DEVICE_FLAGS } from "./device_flags.ts";
import { checkProfile, startProfile } from "./profiling.ts";
import { StepWatch } from "./step_watch.ts";
import { chooseKernels } from "./tuning.ts";
import { openSource, SAMPLING_FLAGS, settingsFrom } from "./sampling.ts";

const { gpu: gpuFlag, ...samplingFlags } = SAMPLING_FLAGS;

const size = (what: string) => ({
  type: "integer" as const,
  min: 1,
  help: what,
  shownDefault: "the model's own",
});

/** `deno task infer` */
export const command = defineCommand({
  name: "infer",
  summary: "Makes a video clip from a prompt.",
  flags: {
    prompt: {
      type: "string",
      required: true,
      help: "What the clip shows",
      placeholder: "TEXT",
    },
    out: {
      type: "string",
      help: "File to write; its ending says how: .mp4 .webm .gif .apng .png",
      placeholder: "FILE",
      shownDefault: "clips/WORDS-SEED.mp4",
    },
    seed: {
      type: "integer",
      min: 0,
      max: 2 ** 32 - 1,
      help: "Seed of the first latents",
      shownDefault: "random, printed",
    },
    ...samplingFlags,
    negative: {
      type: "string",
      default: "",
      help: "What to lead away from; needs guidance",
      placeholder: "TEXT",
    },
    frames: size("Frames of the clip"),
    height: size("Height in pixels"),
    width: size("Width in pixels"),
    gpu: gpuFlag,
    ...DEVICE_FLAGS,
    json: {
      type: "boolean",
      default: false,
      help: "Print one JSON object instead of the last line",
    },
    quiet: { type: "boolean", default: false, help: "No progress" },
  },
  examples: [
    `--prompt "a red circle moving right"`,
    `--prompt "a green ring on a navy background" --seed 7 --out ring.gif`,
  ],
});

/** Makes the clip, writes it and a JSON of how it was made beside it, and says so. */
export async function infer(
  { flags }: Parsed<typeof command.flags>,
  run: Run,
  print: (line: string) => void = console.log,
): Promise<void> {
  const { prompt, negative } = flags;
  if (prompt.trim() === "") {
    throw new InputError("Flag --prompt: found no words, accepted is a text");
  }
  const seed = flags.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!;
  const out = userPath(flags.out ?? defaultName(prompt, seed));
  await checkOutput(out);
  const traced = flags.profile && userPath(flags.profile);
  if (traced) await checkProfile(traced);
  using progress = new Progress({ quiet: flags.quiet });
  run.onInterrupt(() => {
    progress[Symbol.dispose]();
    return "no clip was written";
  });
  progress.phase("loading the model");
  const source = await openSource(flags);
  for (const note of source.notes) progress.log(`infer: ${note}`);
  const own = settingsFrom(flags, source.settings);
  const settings = {
    ...own,
    size: {
      frames: flags.frames ?? own.size.frames,
      height: flags.height ?? own.size.height,
      width: flags.width ?? own.size.width,
    },
  };
  source.check([prompt, negative], settings);
  const { words, known } = source.unknownWords(`${prompt} ${negative}`);
  if (words.length > 0) {
    progress.log(
      `infer: The model never saw ${words.join(", ")}; it knows: ${
        known.join(" ")
      }`,
    );
  }
  using gpu = await openGpu({ power: flags.gpu });
  const writeProfile = startProfile(gpu, traced, progress);
  await chooseKernels(gpu, flags, "infer", progress);
  const texts = settings.guidance === 1 ? [prompt] : [prompt, negative];
  const { pipeline, weightBytes } = await source.load(gpu, texts);
  using _disposing = pipeline;
  const watch = new StepWatch(progress);
  const clip = await pipeline.generate(
    { prompt, negative, seed },
    settings,
    watch.onProgress,
  );
  progress.phase("writing the clip");
  const metadata = {
    prompt,
    negative,
    seed,
    steps: settings.steps,
    guidance: settings.guidance,
    shift: settings.shift,
    sampler: settings.sampler,
    flow_grid: settings.grid,
    ...settings.size,
    fps: settings.fps,
    model: flags.model,
    ...(flags.transformer && { transformer: flags.transformer }),
    precision: source.precision,
  };
  await writeVideo(out, clip, { metadata });
  await writeFileAtomic(
    `${out}.json`,
    JSON.stringify(metadata, null, 2) + "\n",
  );
  await writeProfile();
  progress[Symbol.dispose]();
  const seconds = watch.secondsAStep;
  const { peak } = gpu.pool.bytes;
  const { pipelines, ms: compileMs } = gpu.compiled;
  print(
    flags.json
      ? JSON.stringify({
        file: out,
        ...metadata,
        seconds_a_step: seconds,
        peak_gpu_bytes: peak,
        weight_bytes: weightBytes,
        pipelines,
        compile_ms: compileMs,
        adapter: gpu.info.description,
      })
      : `${out}: seed ${seed}, ${
        seconds.toPrecision(3)
      } s a step, peak GPU ${peak} bytes, weights ${weightBytes} bytes (${source.precision}), ${pipelines} pipelines in ${
        compileMs.toFixed(0)
      } ms`,
  );
}

/** `clips/a-red-circle-7.mp4` from the first words of a prompt. */
function defaultName(prompt: string, seed: number): string {
  const words = prompt.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? ["clip"];
  const start = words.slice(0, 10).join("-").slice(0, 80);
  return join("clips", `${start}-${seed}.mp4`);
}

if (import.meta.main) await runCommand(command, infer);

import { formatBits } from "../core/bits.ts";
import { openGpu } from "../gpu/device.ts";
import { writeFileAtomic } from "../io/atomic.ts";
import { writtenSize } from "../io/video/write.ts";
import { loadPipeline } from "../infer/load_pipeline.ts";
import type { PipelineSource } from "../infer/pipeline_source.ts";
import { requestedClips } from "./clip_requests.ts";
import { byteCount } from "./flags/byte_count.ts";
import { defineCommand, type Parsed } from "./flags/flag_types.ts";
import { OUTPUT_FLAGS } from "./flags/output_flags.ts";
import { jsonText } from "./json_text.ts";
import { type Run, runCommand } from "./main.ts";
import { recordOf } from "./output_file.ts";
import { checkPreview, Preview } from "./preview.ts";
import { userPath } from "./paths.ts";
import { Progress } from "./progress.ts";
import { DEVICE_FLAGS } from "./flags/device_flags.ts";
import { checkProfile, startProfile } from "./profiling.ts";
import { resultLines } from "./result_lines.ts";
import { StepWatch } from "./step_watch.ts";
import { chooseKernels } from "./tuning.ts";
import { bytesText, counted, msText } from "./units.ts";
import { modelFolder } from "./models.ts";
import { openOptions, SAMPLING_FLAGS } from "./sampling.ts";

const { gpu: gpuFlag, ...samplingFlags } = SAMPLING_FLAGS;

const size = (what: string) => ({
  type: "integer" as const,
  min: 1,
  help: what,
  shownDefault: "the model's own",
});

/** What the command line knows of `infer`. */
export const command = defineCommand({
  name: "infer",
  summary: "Makes a video clip from a prompt.",
  flags: {
    prompt: {
      type: "string",
      help: "What the clip shows",
      placeholder: "TEXT",
    },
    prompts: {
      type: "string",
      help: "Instead of --prompt: a text file, each line the prompt of a clip",
      placeholder: "FILE",
    },
    numVideos: {
      type: "integer",
      min: 1,
      max: 10_000,
      default: 1,
      help: "Clips of each prompt, their seeds counting up from --seed",
    },
    out: {
      type: "string",
      help:
        "File to write; its ending says how: .mp4 .webm .gif .apng .png. For several clips a folder, in which they are .mp4",
      placeholder: "FILE",
      shownDefault: "clips/WORDS-SEED.mp4",
    },
    scale: {
      type: "integer",
      min: 1,
      help: "Enlarge the clip so many times, smoothly; 1 writes it as made",
      shownDefault: "what brings the longer side to 256 or more",
    },
    preview: {
      type: "string",
      help:
        "Keep a picture of the first frame, as far as it is denoised, in this .png file",
      placeholder: "FILE",
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
    maxVram: {
      type: "string",
      help:
        "Keep the denoising within so much GPU memory, as 6GB or 512MB: streams blocks from the files where they do not fit, slowly",
      placeholder: "BYTES",
      shownDefault: "all weights stay on the GPU",
    },
    gpu: gpuFlag,
    ...DEVICE_FLAGS,
    ...OUTPUT_FLAGS,
  },
  examples: [
    `--prompt "a red circle moving right"`,
    `--prompt "a green ring on a navy background" --seed 7 --out ring.gif`,
    `--prompts prompts.txt --num-videos 4 --out clips/tried`,
    `--model ./Wan2.1-T2V-1.3B-Diffusers --frames 17 --height 256 --width 448 --prompt "a fox in the snow"`,
  ],
});

/** Makes the clips, writes each and a JSON of how it was made beside it, and says so. */
export async function infer(
  { flags }: Parsed<typeof command.flags>,
  run: Run,
  print: (line: string) => void = console.log,
): Promise<void> {
  const { model, transformer, negative, scale } = flags;
  const clips = await requestedClips(flags);
  const bytes = flags.maxVram === undefined
    ? undefined
    : byteCount(flags.maxVram, "max-vram");
  const traced = flags.profile && userPath(flags.profile);
  if (traced) await checkProfile(traced);
  const shown = flags.preview && userPath(flags.preview);
  if (shown) await checkPreview(shown);
  using progress = new Progress({ quiet: flags.quiet });
  let made = 0;
  run.onInterrupt(() => {
    progress[Symbol.dispose]();
    return made === 0
      ? "no clip was written"
      : `${made} of ${clips.length} clips were written`;
  });
  progress.phase("loading the model");
  const note = (text: string) => progress.warn(`infer: ${text}`);
  let writeProfile = async () => {};
  using pipeline = await loadPipeline(await modelFolder(flags.model), {
    ...await openOptions(flags),
    settings: flags,
    requests: clips.map(({ prompt }) => ({ prompt, negative })),
    maxBytes: bytes,
    onNote: note,
    record: { model, ...(transformer && { transformer }) },
    async gpu({ size, fps }) {
      writtenSize(clips[0]!.out, { ...size, fps }, scale); // or refused
      const gpu = await openGpu({ power: flags.gpu });
      writeProfile = startProfile(gpu, traced, progress);
      await chooseKernels(gpu, flags, "infer", progress);
      progress.phase("reading the prompt");
      return gpu;
    },
  });
  const { gpu, settings, source, loaded } = pipeline;
  const preview = shown ? new Preview(shown, note) : undefined;
  for (const { prompt, seed, out } of clips) {
    if (clips.length > 1) {
      progress.log(`infer: clip ${made + 1} of ${clips.length}`);
    }
    const watch = new StepWatch(progress);
    const making = pipeline.generate({ prompt, negative, seed });
    for await (const event of making) {
      watch.onProgress(event);
      if (event.preview) await preview?.show(event.preview);
    }
    const clip = await making;
    progress.phase("decoding and writing the clip", clip.frames);
    const onFrames = (count: number) => progress.advance(count);
    const record = await clip.save(out, { scale, onFrames });
    await writeFileAtomic(
      recordOf(out),
      JSON.stringify(record, null, 2) + "\n",
    );
    made++;
    if (made === clips.length) await writeProfile();
    progress[Symbol.dispose]();
    const ms = watch.msAStep;
    const { peak } = gpu.pool.bytes;
    const { pipelines, ms: compileMs } = gpu.compiled;
    print(
      flags.json
        ? jsonText({
          file: out,
          ...record,
          seconds_a_step: ms / 1000,
          peak_gpu_bytes: peak,
          weight_bytes: loaded.weightBytes,
          streamed_blocks: loaded.streamedBlocks,
          pipelines,
          compile_ms: compileMs,
          adapter: gpu.info.description,
        })
        : resultLines(out, [
          `seed ${seed}`,
          counted(settings.steps, "step"),
          `${msText(ms)} a step`,
          `GPU ${bytesText(peak)} (weights ${bytesText(loaded.weightBytes)}, ${
            weightForm(source)
          })`,
          ...(loaded.streamedBlocks > 0
            ? [
              `${loaded.streamedBlocks} blocks read from files at every step: slow`,
            ]
            : []),
        ]),
    );
  }
}

/** `W4A4`, `W4A4 as floats`, `f16`. */
function weightForm({ precision, quantization: q }: PipelineSource): string {
  if (q === undefined) return precision;
  const { weight_bits: weights, activation_bits: activations } = q;
  const bits = formatBits({ weights, activations });
  return precision === "fake" ? `${bits} as floats` : bits;
}

if (import.meta.main) await runCommand(command, infer);

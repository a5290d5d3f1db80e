import { defineCommand, type Parsed } from "../../cli/flags/flag_types.ts";
import { OUTPUT_FLAGS } from "../../cli/flags/output_flags.ts";
import type { Run } from "../../cli/main.ts";
import { Progress } from "../../cli/progress.ts";
import { Stream } from "../../core/random.ts";
import { openGpu } from "../../gpu/device.ts";
import type { Plan } from "../../gpu/plan.ts";
import { Denoiser } from "../../infer/denoiser.ts";
import { estimate } from "../../infer/estimate/estimate.ts";
import { NAMED_MODELS, namedModel } from "../../infer/estimate/named_models.ts";
import { PRECISIONS } from "../../infer/precision.ts";
import type { CallShape } from "../../models/video_transformer.ts";
import { randomNetwork } from "./network.ts";
import { recordBlock } from "./one_block.ts";
import { type FullSize, report } from "./report.ts";

const side = (what: string, value: number) => ({
  type: "integer" as const,
  min: 1,
  default: value,
  help: what,
});

/** What the command line knows of `bench full-size`. */
export const command = defineCommand({
  name: "bench full-size",
  summary:
    "Builds a published transformer with random weights, runs one block and one denoising step, and compares with the estimate.",
  flags: {
    model: {
      type: "enum",
      values: NAMED_MODELS,
      default: "Wan2.1-T2V-1.3B",
      help: "Whose config to build",
    },
    precision: {
      type: "enum",
      values: PRECISIONS,
      default: "packed",
      help: "How the transformer is held; packed and fake are W4A4",
    },
    frames: side("Frames of the clip", 17),
    height: side("Height in pixels", 160),
    width: side("Width in pixels", 256),
    calls: {
      type: "integer",
      min: 1,
      max: 2,
      default: 2,
      help: "Predictions a step: 2 with guidance",
    },
    seed: { type: "integer", min: 0, default: 1, help: "Of the weights" },
    ...OUTPUT_FLAGS,
  },
  examples: ["--model CogVideoX-2B", "--frames 33 --height 320 --width 512"],
});

/** Builds, runs, prints. */
export async function fullSize(
  { flags }: Parsed<typeof command.flags>,
  run: Run,
  print: (line: string) => void = console.log,
): Promise<void> {
  const model = namedModel(flags.model)!;
  const { frames, height, width } = flags;
  const wanted = estimate(model, flags.precision, { frames, height, width });
  using progress = new Progress({ quiet: flags.quiet });
  run.onInterrupt(() => {
    progress[Symbol.dispose]();
    return "nothing was measured";
  });
  using gpu = await openGpu();
  progress.phase("making weights");
  const began = performance.now();
  const { transformer, quantised } = await randomNetwork(
    gpu,
    model.transformer,
    flags.precision,
    flags.seed,
  );
  await gpu.idle();
  const loadSeconds = (performance.now() - began) / 1000;
  const loading = gpu.pool.bytes;

  const shape: CallShape = {
    batch: flags.calls,
    latents: [
      transformer.channels,
      (frames - 1) / 4 + 1,
      height / 8,
      width / 8,
    ],
    textRows: model.text_rows,
  };
  progress.phase("running one block");
  const block = await recordBlock(gpu, transformer, shape, quantised);
  const blockSeconds = await secondRun(block.plan);
  block[Symbol.dispose]();

  progress.phase("running a step");
  using denoiser = await Denoiser.create(gpu, transformer, shape, quantised);
  const draw = (name: string, n: number) => new Stream(1, name).normals(n);
  const { text, latents } = denoiser.inputs;
  denoiser.setText(draw("text", text.size));
  const noise = draw("latents", latents.size);
  const start = performance.now();
  const velocity = await denoiser.predict(noise, 999);
  const stepSeconds = (performance.now() - start) / 1000;
  if (!velocity.every(Number.isFinite)) {
    throw new Error("A velocity is not finite");
  }
  const { pinned, pooled } = gpu.pool.bytes;
  const measured: FullSize = {
    model: flags.model,
    precision: flags.precision,
    adapter: gpu.info.description,
    size: { frames, height, width },
    calls: flags.calls,
    loadSeconds,
    weightBytes: loading.pinned,
    stepBytes: pinned + pooled,
    blockSeconds,
    stepSeconds,
  };
  progress[Symbol.dispose]();
  for (const line of report(measured, wanted, flags.json)) print(line);
}

/** Seconds of a second run: drivers compile in the first. */
async function secondRun(plan: Plan): Promise<number> {
  let seconds = 0;
  for (let i = 0; i < 2; i++) {
    const began = performance.now();
    await plan.runInParts();
    await plan.gpu.idle();
    seconds = (performance.now() - began) / 1000;
  }
  return seconds;
}

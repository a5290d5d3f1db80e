import { formatBits, parseBits } from "../core/bits.ts";
import { InputError } from "../core/errors.ts";
import { openGpu } from "../gpu/device.ts";
import { LIMITS } from "../infer/asked_settings.ts";
import { checkWritable } from "../io/writable_folder.ts";
import { RANGE_RULES } from "../models/quant/range_rule.ts";
import {
  BUILT_IN_PROMPTS,
  evaluate,
  type EvaluatePhase,
} from "../quantize/evaluate.ts";
import { packOfficial } from "../quantize/pack_official.ts";
import { quantizeRtn } from "../quantize/rtn.ts";
import type { TensorProgress } from "../quantize/write_packed.ts";
import { promptsIn } from "./clip_requests.ts";
import { evaluationText } from "./evaluation_text.ts";
import { defineCommand, flagName, type Parsed } from "./flags/flag_types.ts";
import { OUTPUT_FLAGS } from "./flags/output_flags.ts";
import { jsonText } from "./json_text.ts";
import { type Run, runCommand } from "./main.ts";
import { modelFolder, transformerPath } from "./models.ts";
import { userPath } from "./paths.ts";
import { Progress } from "./progress.ts";
import { resultLines } from "./result_lines.ts";
import { bytesText, counted } from "./units.ts";

const size = (what: string) => ({
  type: "integer" as const,
  min: 1,
  help: what,
  shownDefault: "the model's own",
});

/** What the command line knows of `quantize`. */
export const command = defineCommand({
  name: "quantize",
  summary: "Writes a model with packed weights of few bits, without training.",
  flags: {
    method: {
      type: "enum",
      values: ["rtn", "pack", "eval"],
      help:
        "rtn: rounds a model's weights to nearest; pack: keeps the codes of a checkpoint that QVGen's authors trained; eval: how far a packed model is from its source, no model is written",
      shownDefault: "pack where --transformer is given",
    },
    model: {
      type: "string",
      required: true,
      help:
        "The model to quantise, that the checkpoint was trained from, or to evaluate: the embedded one, a diffusers folder, or a model of the hub",
      placeholder: "tiny|DIR|HUB_ID",
    },
    transformer: {
      type: "string",
      help:
        "The trained checkpoint; with rtn, to be rounded instead of the model's",
      placeholder: "DIR|FILE|HUB_ID",
    },
    bits: {
      type: "string",
      help:
        "Bits of weights and activations, as W4A4; with pack those it was trained for, which it does not record",
      placeholder: "WxAy",
    },
    group: {
      type: "integer",
      min: 32,
      help:
        "rtn: inputs that share a scale and zero, a multiple of 32, as 64: more exact, a little larger and slower",
      shownDefault: "one for each output channel",
    },
    rangeRule: {
      type: "enum",
      values: RANGE_RULES,
      help:
        "pack: which learnt range a call uses. timestep: by its timestep; official-count: by the count of calls, the authors' --fix; official-last: the last one, without it",
      shownDefault: "official-count",
    },
    out: {
      type: "string",
      help: "Folder to write, new or empty; other parts are linked, not copied",
      placeholder: "DIR",
    },
    source: {
      type: "string",
      help: "eval: the model in full precision that --model was made of",
      placeholder: "tiny|DIR|HUB_ID",
    },
    prompts: {
      type: "string",
      help: "eval: a text file, each line the prompt of a clip",
      placeholder: "FILE",
      shownDefault: `${BUILT_IN_PROMPTS.length} built-in ones`,
    },
    seed: {
      type: "integer",
      min: 0,
      max: 2 ** 32 - 1,
      help: "eval: seed of the first clip, the others count up",
      shownDefault: "0",
    },
    steps: {
      type: "integer",
      ...LIMITS.steps,
      help: "eval: denoising steps",
      shownDefault: "the model's own",
    },
    frames: size("eval: frames of a clip"),
    height: size("eval: height in pixels"),
    width: size("eval: width in pixels"),
    ...OUTPUT_FLAGS,
  },
  examples: [
    "--method rtn --model Wan2.1-T2V-1.3B-Diffusers --bits W4A4 --group 64 --out wan-rtn",
    "--model Wan2.1-T2V-1.3B-Diffusers --transformer QVGen-Wan-1_3B-W4A4 --bits W4A4 --out wan-w4a4",
    "--method eval --model wan-rtn --source Wan2.1-T2V-1.3B-Diffusers --prompts prompts.txt --frames 17",
  ],
});

type Flags = Parsed<typeof command.flags>["flags"];

/** Of the flags that not all methods take, those that each needs and those that it may have. */
const TAKEN = {
  rtn: { needs: ["bits", "out"], may: ["transformer", "group"] },
  pack: { needs: ["transformer", "bits", "out"], may: ["rangeRule"] },
  eval: {
    needs: ["source"],
    may: ["prompts", "seed", "steps", "frames", "height", "width"],
  },
} as const;

/** Writes a packed model, or compares one, and says what became of it. */
export async function quantize(
  { flags }: Parsed<typeof command.flags>,
  run: Run,
  print: (line: string) => void = console.log,
): Promise<void> {
  const method = methodOf(flags);
  using progress = new Progress({ quiet: flags.quiet });
  run.onInterrupt(() => {
    progress[Symbol.dispose]();
    return "nothing was written";
  });
  const lines = method === "eval"
    ? await evaluated(flags, progress)
    : await written(method, flags, progress);
  progress[Symbol.dispose]();
  print(lines);
}

/** Throws InputError for flags that its method does not take, or lacks. */
function methodOf(flags: Flags): keyof typeof TAKEN {
  const method = flags.method ?? (flags.transformer ? "pack" : undefined);
  if (method === undefined) {
    throw new InputError(
      "Flag --method: found none, accepted is rtn or eval, or --transformer with a checkpoint to pack",
    );
  }
  const { needs, may } = TAKEN[method];
  const taken: readonly string[] = [...needs, ...may];
  for (const name of needs) {
    if (flags[name] !== undefined) continue;
    throw new InputError(
      `Flag --${flagName(name)} is missing: --method ${method} needs it`,
    );
  }
  const some = Object.values(TAKEN).flatMap((
    { needs, may },
  ) => [...needs, ...may]);
  for (const name of some) {
    if (taken.includes(name) || flags[name] === undefined) continue;
    const { method: _, ...given } = flags;
    throw new InputError(
      `Flag --${flagName(name)}: found ${
        given[name]
      }, accepted is none with --method ${method}`,
    );
  }
  return method;
}

/** Packs or rounds a model; the result in words or JSON. */
async function written(
  method: "pack" | "rtn",
  flags: Flags,
  progress: Progress,
): Promise<string> {
  const bits = parseBits(flags.bits!);
  const out = userPath(flags.out!);
  await checkWritable(out);
  const model = await modelFolder(flags.model);
  const transformer = flags.transformer &&
    await transformerPath(flags.transformer);
  const onTensor: TensorProgress = (done, total) => {
    if (done === 0) progress.phase("packing tensors", total);
    progress.advance();
  };
  const rule = flags.rangeRule ?? "official-count";
  const { layers, kept, bytes } = method === "rtn"
    ? await quantizeRtn(
      { model, transformer, bits, group: flags.group, out },
      onTensor,
    )
    : await packOfficial(
      { model, transformer: transformer!, settings: { bits, rule }, out },
      onTensor,
    );
  if (flags.json) {
    return jsonText({
      ...{ folder: out, method, bits: formatBits(bits), group: flags.group },
      ...{ layers, kept, bytes },
    });
  }
  return resultLines(out, [
    `${counted(layers, "linear")} in ${formatBits(bits)}`,
    `${kept.length} left as they are`,
    bytesText(bytes),
  ]);
}

/** Compares a packed model with its source; the result in words or JSON. */
async function evaluated(flags: Flags, progress: Progress): Promise<string> {
  const { seed, steps, frames, height, width } = flags;
  const prompts = flags.prompts === undefined
    ? undefined
    : await promptsIn(flags.prompts);
  if (prompts === undefined) {
    progress.log(
      `quantize: no --prompts, so ${BUILT_IN_PROMPTS.length} built-in ones`,
    );
  }
  const result = await evaluate(() => openGpu(), {
    model: await modelFolder(flags.model),
    source: await modelFolder(flags.source!),
    prompts,
    seed,
    settings: { steps, frames, height, width },
  }, {
    progress: (phase, done, total) => {
      if (done === 0) progress.phase(PHASES[phase], total);
      else progress.advance();
    },
    onNote: (text) => progress.warn(`quantize: ${text}`),
  });
  return flags.json ? jsonText(result) : evaluationText(result);
}

const PHASES: Readonly<Record<EvaluatePhase, string>> = {
  weights: "comparing weights",
  packed: "clips of the packed model",
  source: "clips of its source",
};

if (import.meta.main) await runCommand(command, quantize);

import { formatBits, parseBits } from "../core/bits.ts";
import { packOfficial } from "../infer/pack_official.ts";
import { RANGE_RULES } from "../models/quant/range_rule.ts";
import { checkWritable } from "../io/writable_folder.ts";
import { defineCommand, type Parsed } from "./flags/flag_types.ts";
import { OUTPUT_FLAGS } from "./flags/output_flags.ts";
import { jsonText } from "./json_text.ts";
import { type Run, runCommand } from "./main.ts";
import { modelFolder, transformerPath } from "./models.ts";
import { userPath } from "./paths.ts";
import { Progress } from "./progress.ts";
import { resultLines } from "./result_lines.ts";
import { bytesText, counted } from "./units.ts";

/** What the command line knows of `quantize`. */
export const command = defineCommand({
  name: "quantize",
  summary: "Writes a model with packed weights of 4 or 3 bits.",
  flags: {
    method: {
      type: "enum",
      values: ["pack"],
      default: "pack",
      help: "pack: the codes of a checkpoint that QVGen's authors trained",
    },
    model: {
      type: "string",
      required: true,
      help: "The diffusers folder that the checkpoint was trained from",
      placeholder: "DIR|HUB_ID",
    },
    transformer: {
      type: "string",
      required: true,
      help: "The trained checkpoint",
      placeholder: "DIR|FILE|HUB_ID",
    },
    bits: {
      type: "string",
      required: true,
      help: "Bits it was trained for, which it does not record",
      placeholder: "WxAy",
    },
    rangeRule: {
      type: "enum",
      values: RANGE_RULES,
      default: "official-count",
      help:
        "Which learnt range a call uses. timestep: by its timestep; official-count: by the count of calls, the authors' --fix; official-last: the last one, without it",
    },
    out: {
      type: "string",
      required: true,
      help: "Folder to write, new or empty; other parts are linked, not copied",
      placeholder: "DIR",
    },
    ...OUTPUT_FLAGS,
  },
  examples: [
    "--model Wan2.1-T2V-1.3B-Diffusers --transformer QVGen-Wan-1_3B-W4A4 --bits W4A4 --out wan-w4a4",
  ],
});

/** Packs a checkpoint and says what became of it. */
export async function quantize(
  { flags }: Parsed<typeof command.flags>,
  run: Run,
  print: (line: string) => void = console.log,
): Promise<void> {
  const bits = parseBits(flags.bits);
  const out = userPath(flags.out);
  await checkWritable(out);
  const model = await modelFolder(flags.model);
  const transformer = await transformerPath(flags.transformer);
  using progress = new Progress({ quiet: flags.quiet });
  run.onInterrupt(() => {
    progress[Symbol.dispose]();
    return "nothing was written";
  });
  const { layers, kept, bytes } = await packOfficial(
    { model, transformer, settings: { bits, rule: flags.rangeRule }, out },
    (done, total) => {
      if (done === 0) progress.phase("packing tensors", total);
      progress.advance();
    },
  );
  progress[Symbol.dispose]();
  print(
    flags.json
      ? jsonText({ folder: out, bits: formatBits(bits), layers, kept, bytes })
      : resultLines(out, [
        `${counted(layers, "linear")} in ${formatBits(bits)}`,
        `${kept.length} left as they are`,
        bytesText(bytes),
      ]),
  );
}

if (import.meta.main) await runCommand(command, quantize);

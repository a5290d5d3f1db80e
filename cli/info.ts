import { InputError } from "../core/errors.ts";
import { estimate } from "../infer/estimate/estimate.ts";
import {
  type FoundModel,
  modelConfigs,
} from "../infer/estimate/model_configs.ts";
import { NAMED_MODELS, namedModel } from "../infer/estimate/named_models.ts";
import { PRECISIONS } from "../infer/precision.ts";
import { adapterReport } from "./adapter_report.ts";
import {
  estimateLines,
  estimateTable,
  namedEstimates,
} from "./estimate_report.ts";
import { defineCommand, type Parsed } from "./flags/flag_types.ts";
import { OUTPUT_FLAGS } from "./flags/output_flags.ts";
import { jsonText } from "./json_text.ts";
import { type Run, runCommand } from "./main.ts";
import { modelFolder } from "./models.ts";
import { userPath } from "./paths.ts";

const side = (what: string) => ({
  type: "integer" as const,
  min: 1,
  help: what,
  shownDefault: "the model's own",
});

/** What the command line knows of `info`. */
export const command = defineCommand({
  name: "info",
  summary:
    "Shows the GPU adapter and what it means, or what a model takes, weights or not.",
  flags: {
    model: {
      type: "string",
      help: `Estimate this model: ${
        NAMED_MODELS.join(", ")
      }, tiny, a diffusers folder, a downloaded model of the hub or a transformer's config.json`,
      placeholder: "NAME|DIR|HUB_ID|FILE",
    },
    frames: side("Frames of the clip"),
    height: side("Height in pixels"),
    width: side("Width in pixels"),
    precision: {
      type: "enum",
      values: PRECISIONS,
      default: "packed",
      help: "How the transformer is held",
    },
    bits: {
      type: "enum",
      values: ["4", "3"],
      default: "4",
      help: "Bits of packed weights",
    },
    table: {
      type: "boolean",
      default: false,
      help: "Print a Markdown table of all named models at their own sizes",
    },
    json: OUTPUT_FLAGS.json,
  },
  examples: [
    "",
    "--model Wan2.1-T2V-14B --frames 81 --height 720 --width 1280",
  ],
});

/** Prints the adapter, or the estimate of a model. */
export async function info(
  { flags }: Parsed<typeof command.flags>,
  _run: Run,
  print: (text: string) => void,
): Promise<void> {
  const { model, precision, json } = flags;
  const bits = flags.bits === "3" ? 3 : 4;
  if (flags.table) {
    if (json) print(jsonText({ models: namedEstimates(bits) }));
    else for (const line of estimateTable(bits)) print(line);
    return;
  }
  if (model === undefined) {
    for (const line of await adapterReport(json)) print(line);
    return;
  }
  const { configs, foundBytes } = await findModel(model);
  const own = configs.default;
  const size = {
    frames: flags.frames ?? own.frames,
    height: flags.height ?? own.height,
    width: flags.width ?? own.width,
  };
  const result = estimate(configs, precision, size, bits);
  if (json) {
    print(jsonText({ model: configs.name, ...result, foundBytes }));
    return;
  }
  for (const line of estimateLines(configs.name, result, foundBytes)) {
    print(line);
  }
}

async function findModel(model: string): Promise<FoundModel> {
  const configs = namedModel(model);
  if (configs) return { configs, foundBytes: {} };
  if (model.endsWith(".json")) return await modelConfigs(userPath(model));
  try {
    return await modelConfigs(await modelFolder(model));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(
      `${error.message}; configs come with the program for ${
        NAMED_MODELS.join(", ")
      }`,
      { cause: error },
    );
  }
}

if (import.meta.main) await runCommand(command, info);

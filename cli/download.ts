import { basename } from "@std/path";
import { InputError } from "../core/errors.ts";
import { isRepoId } from "../io/hub/cache.ts";
import { downloadModel } from "../io/hub/download.ts";
import { readEnv } from "../io/env.ts";
import { defineCommand, type Parsed } from "./flags/flag_types.ts";
import { OUTPUT_FLAGS } from "./flags/output_flags.ts";
import { cacheFrom, hubFrom } from "./hub.ts";
import { jsonText } from "./json_text.ts";
import { type Run, runCommand } from "./main.ts";
import { Progress } from "./progress.ts";
import { resultLines } from "./result_lines.ts";
import { bytesText, counted } from "./units.ts";

/** What the command line knows of `download`. */
export const command = defineCommand({
  name: "download",
  summary:
    "Fetches a model from the Hugging Face hub into the cache that Python uses too.",
  positional: {
    name: "HUB_ID",
    help: "The model, as ORG/NAME",
    min: 1,
    max: 1,
  },
  flags: {
    revision: {
      type: "string",
      default: "main",
      help: "A branch, a tag or a commit",
      placeholder: "NAME",
    },
    all: {
      type: "boolean",
      default: false,
      help: "Take files of every kind, not only those that are read here",
    },
    ...OUTPUT_FLAGS,
  },
  examples: ["Wan-AI/Wan2.1-T2V-1.3B-Diffusers"],
});

const MEGABYTE = 1e6;

/** Downloads a model and says where it is. */
export async function download(
  { flags, positionals: [repo = ""] }: Parsed<typeof command.flags>,
  run: Run,
  print: (line: string) => void = console.log,
  freeBytes?: (folder: string) => Promise<number>,
): Promise<void> {
  if (!isRepoId(repo)) {
    throw new InputError(
      `Argument HUB_ID: found ${repo}, accepted is ORG/NAME as on the hub`,
    );
  }
  const hub = await hubFrom(readEnv);
  const cache = cacheFrom(readEnv);
  using progress = new Progress({ quiet: flags.quiet });
  run.onInterrupt(() => {
    progress[Symbol.dispose]();
    return "the same command goes on from here";
  });
  let shown = 0;
  let done = 0;
  const { folder, commit, cached, fetched, bytes } = await downloadModel({
    hub,
    repo,
    cache,
    revision: flags.revision,
    ...(flags.all && { wanted: () => true }),
    ...(freeBytes && { freeBytes }),
    onPlan: (files, bytes) => {
      if (files.length === 0) return;
      progress.phase(
        `fetching ${counted(files.length, "file")}, in MB`,
        Math.ceil(bytes / MEGABYTE),
      );
    },
    onBytes: ({ path }, count) => {
      done += count;
      const whole = Math.floor(done / MEGABYTE);
      if (whole > shown) progress.advance(whole - shown, basename(path));
      shown = Math.max(shown, whole);
    },
  });
  progress[Symbol.dispose]();
  print(
    flags.json
      ? jsonText({ folder, commit, cached, fetched, bytes })
      : resultLines(folder, [
        `${counted(fetched, "file")} fetched`,
        `${cached} there already`,
        bytesText(bytes),
      ]),
  );
}

if (import.meta.main) await runCommand(command, download);

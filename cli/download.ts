import { InputError } from "../core/errors.ts";
import { isRepoId } from "../io/hub/cache.ts";
import { downloadModel } from "../io/hub/download.ts";
import { readEnv } from "../io/env.ts";
import { defineCommand, type Parsed } from "./flags/flag_types.ts";
import { cacheFrom, hubFrom } from "./hub.ts";
import { type Run, runCommand } from "./main.ts";
import { Progress } from "./progress.ts";

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
    json: {
      type: "boolean",
      default: false,
      help: "Print one JSON object instead of the last line",
    },
    quiet: { type: "boolean", default: false, help: "No progress" },
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
        `fetching ${files.length} files, in MB`,
        Math.ceil(bytes / MEGABYTE),
      );
    },
    onBytes: ({ path }, count) => {
      done += count;
      const whole = Math.floor(done / MEGABYTE);
      if (whole > shown) progress.advance(whole - shown, path);
      shown = Math.max(shown, whole);
    },
  });
  progress[Symbol.dispose]();
  print(
    flags.json
      ? JSON.stringify({ folder, commit, cached, fetched, bytes })
      : `${folder}: ${fetched} files fetched, ${cached} there already, ${bytes} bytes`,
  );
}

if (import.meta.main) await runCommand(command, download);

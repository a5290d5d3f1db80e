import { extname, join } from "@std/path";
import { cutText } from "../core/cut_text.ts";
import { InputError } from "../core/errors.ts";
import { readText } from "../io/text_file.ts";
import { VIDEO_EXTENSIONS } from "../io/video/formats.ts";
import { checkOutput } from "./output_file.ts";
import { userPath } from "./paths.ts";

/** A clip to make, and the file it goes to. */
export interface RequestedClip {
  readonly prompt: string;
  readonly seed: number;
  readonly out: string;
}

/** The flags that say which clips to make. */
export interface ClipFlags {
  readonly prompt: string | undefined;
  readonly prompts: string | undefined;
  readonly numVideos: number;
  readonly seed: number | undefined;
  readonly out: string | undefined;
}

const SEEDS = 2 ** 32;

/**
 * The clips that flags ask for: of each prompt one for each seed. One goes to
 * the file that `out` names, several into the folder. Throws InputError if
 * that cannot be or cannot be written.
 */
export async function requestedClips(
  flags: ClipFlags,
): Promise<RequestedClip[]> {
  const prompts = await promptsOf(flags);
  const { numVideos } = flags;
  const last = SEEDS - numVideos;
  const drawn = crypto.getRandomValues(new Uint32Array(1))[0]!;
  const seed = flags.seed ?? Math.min(drawn, last);
  if (seed > last) {
    throw new InputError(
      `Flag --seed: found ${seed}, accepted are at most ${last} for ${numVideos} videos`,
    );
  }
  const several = prompts.length * numVideos > 1;
  const digits = String(prompts.length).length;
  const clips = prompts.flatMap((prompt, i) =>
    Array.from({ length: numVideos }, (_, k) => {
      const number = `${i + 1}`.padStart(digits, "0");
      const name = fileName(prompt, seed + k);
      const named = prompts.length > 1 ? `${number}-${name}` : name;
      const out = several
        ? join(folderOf(flags.out), named)
        : flags.out ?? join("clips", named);
      return { prompt, seed: seed + k, out: userPath(out) };
    })
  );
  for (const { out } of clips) await checkOutput(out);
  return clips;
}

async function promptsOf(
  { prompt, prompts: file }: ClipFlags,
): Promise<string[]> {
  if ((prompt === undefined) === (file === undefined)) {
    throw new InputError(
      `Flags --prompt and --prompts: found ${
        file === undefined ? "neither" : "both"
      }, accepted is one of them`,
    );
  }
  if (file === undefined) {
    if (prompt!.trim() !== "") return [prompt!];
    throw new InputError("Flag --prompt: found no words, accepted is a text");
  }
  return await promptsIn(file);
}

/** The prompts of the file that --prompts names, one a line. Throws InputError if there are none. */
export async function promptsIn(file: string): Promise<string[]> {
  const text = await readText(userPath(file));
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const prompts = lines.filter((line) => line !== "");
  if (prompts.length > 0) return prompts;
  throw new InputError(`Flag --prompts: ${file} holds no prompt`);
}

function folderOf(out = "clips"): string {
  if (!VIDEO_EXTENSIONS.some((name) => name === extname(out).toLowerCase())) {
    return out;
  }
  throw new InputError(
    `Flag --out: found the file ${out}, accepted is a folder for several clips`,
  );
}

/** Letters and digits with their marks, and what joins them in some scripts. */
const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}\u200c\u200d]*/gu;
/** Of the words in a file's name: with number, seed and endings it stays within 143, the least that disks take. */
const NAME_BYTES = 100;

/** `a-red-circle-7.mp4` from the first words of a prompt. */
function fileName(prompt: string, seed: number): string {
  const words = prompt.toLowerCase().normalize().match(WORD) ?? [];
  const start = cutText(words.slice(0, 10).join("-"), NAME_BYTES);
  return `${start || "clip"}-${seed}.mp4`;
}

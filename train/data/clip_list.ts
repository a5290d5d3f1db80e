import { parse } from "@std/csv";
import { basename, extname, join, resolve } from "@std/path";
import { InputError } from "../../core/errors.ts";

/** A video file and what it shows. */
export interface ClipEntry {
  /** The video file, as a full path. */
  readonly path: string;
  /** What it shows, in words. */
  readonly caption: string;
}

const PATH_COLUMNS = ["path", "video", "file"];
const CAPTION_COLUMNS = ["caption", "text", "prompt"];
const VIDEO_ENDINGS = [
  ".avi",
  ".gif",
  ".m4v",
  ".mkv",
  ".mov",
  ".mp4",
  ".webm",
  ".y4m",
];

/**
 * The captioned clips that a folder lists, in its order: `videos.txt` and
 * `prompts.txt` with a path and a caption a line; or one `.csv` with a column
 * for each; or videos with a `.txt` of the same name beside them. Paths are
 * taken from the folder and may leave it. Throws an InputError that names what
 * does not fit; the videos themselves are not looked at.
 */
export async function listClips(folder: string): Promise<ClipEntry[]> {
  const names = await fileNames(folder);
  if (names.includes("videos.txt") || names.includes("prompts.txt")) {
    return await fromLines(folder);
  }
  const tables = names.filter((name) => name.toLowerCase().endsWith(".csv"));
  if (tables.length > 1) {
    throw new InputError(
      `${folder} holds more than one table of clips: ${tables.join(", ")}`,
    );
  }
  if (tables[0] !== undefined) return await fromTable(folder, tables[0]);
  return await fromPairs(folder, names);
}

async function fileNames(folder: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    return entries.filter((e) => !e.isDirectory).map((e) => e.name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new InputError(`Data folder ${folder} does not exist`);
    }
    if (error instanceof Deno.errors.NotADirectory) {
      throw new InputError(`Data folder ${folder} is a file`);
    }
    throw error;
  }
}

async function fromLines(folder: string): Promise<ClipEntry[]> {
  const videos = lines(await read(folder, "videos.txt"));
  const prompts = lines(await read(folder, "prompts.txt"));
  if (videos.length !== prompts.length) {
    throw new InputError(
      `${folder}: videos.txt has ${videos.length} lines and prompts.txt ${prompts.length}, they must agree`,
    );
  }
  return videos.map((video, i) => ({
    path: resolve(folder, video),
    caption: prompts[i]!,
  }));
}

/** Lines without those that are blank, as the authors' data sets are read. */
function lines(text: string): string[] {
  return text.split("\n").map((line) => line.trim()).filter(Boolean);
}

async function fromTable(folder: string, name: string): Promise<ClipEntry[]> {
  const [header = [], ...rows] = rowsOf(folder, name, await read(folder, name));
  const column = (names: readonly string[]) => {
    const found = header.findIndex((h) =>
      names.includes(h.trim().toLowerCase())
    );
    if (found >= 0) return found;
    throw new InputError(
      `${join(folder, name)} has no column ${
        names.join(", ")
      }: its columns are ${header.join(", ")}`,
    );
  };
  const [path, caption] = [column(PATH_COLUMNS), column(CAPTION_COLUMNS)];
  return rows.map((row, i) => {
    if (row.length !== header.length) {
      throw new InputError(
        `${join(folder, name)}: row ${
          i + 2
        } has ${row.length} fields, the first row ${header.length}: a text with a comma needs quotes`,
      );
    }
    const video = row[path]?.trim();
    if (video) {
      return { path: resolve(folder, video), caption: row[caption]!.trim() };
    }
    throw new InputError(`${join(folder, name)}: row ${i + 2} names no video`);
  });
}

function rowsOf(folder: string, name: string, text: string): string[][] {
  try {
    return parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`${join(folder, name)} is no CSV table: ${reason}`, {
      cause,
    });
  }
}

async function fromPairs(
  folder: string,
  names: readonly string[],
): Promise<ClipEntry[]> {
  const videos = names.filter((name) =>
    VIDEO_ENDINGS.includes(extname(name).toLowerCase())
  );
  if (videos.length === 0) {
    throw new InputError(
      `${folder} lists no clips: it needs videos.txt and prompts.txt, a .csv, or videos with a .txt beside each`,
    );
  }
  const captionOf = (video: string) => `${basename(video, extname(video))}.txt`;
  const without = videos.filter((video) => !names.includes(captionOf(video)));
  if (without.length > 0) {
    throw new InputError(
      `${folder}: no .txt with a caption is beside ${without.join(", ")}`,
    );
  }
  return await Promise.all(videos.map(async (video) => ({
    path: resolve(folder, video),
    caption: (await read(folder, captionOf(video))).trim(),
  })));
}

async function read(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  try {
    return (await Deno.readTextFile(path)).replace(/^\ufeff/, "");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new InputError(`${path} is missing: it goes with the file beside it`);
  }
}

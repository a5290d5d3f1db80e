import {
  basename,
  extname,
  join,
  relative,
  resolve,
  SEPARATOR,
} from "@std/path";
import { InputError } from "../../core/errors.ts";
import { cut, some } from "../../core/shown.ts";
import { readText } from "../../io/text_file.ts";
import { VIDEO_ENDINGS } from "../../io/video/containers.ts";
import { isTable, tableRows } from "./clip_table.ts";

/** A video file and what it shows. */
export interface ClipEntry {
  /** The video file, as a full path. */
  readonly path: string;
  /** What it shows, in words. */
  readonly caption: string;
  /** Where the caption stands: `a.txt`, `prompts.txt line 3`. */
  readonly place: string;
}

/** Clips, and the names of the files in the folder that list them. */
interface Listed {
  readonly entries: readonly ClipEntry[];
  readonly read: readonly string[];
}

const LISTS = ["videos.txt", "prompts.txt"] as const;
/** What operating systems leave in folders. */
const LEFT_BY_SYSTEMS =
  /^\._|^\.DS_Store$|^__MACOSX$|^Icon\r$|^(ehthumbs|Thumbs)\.db$|^desktop\.ini$/i;

/**
 * The captioned clips that a folder lists, in its order: `videos.txt` and
 * `prompts.txt` with a path and a caption a line; or one table (see
 * tableRows()); or videos with a `.txt` of the same name beside them. Paths are
 * taken from the folder and may leave it. `note` is told of files that are not
 * used, and of empty captions. Throws an InputError that names what does not
 * fit; the videos themselves are not looked at.
 */
export async function listClips(
  folder: string,
  note: (text: string) => void = () => {},
): Promise<ClipEntry[]> {
  const { files, folders } = await contentOf(folder);
  const { entries, read } = await listed(folder, files);
  const inFolder = (path: string) =>
    relative(resolve(folder), path).split(SEPARATOR, 1)[0]!;
  const used = new Set([...read, ...entries.map(({ path }) => inFolder(path))]);
  const unused = [
    ...files.filter((name) => !used.has(name)),
    ...folders.filter((name) => !used.has(name)).map((name) => `${name}/`),
  ];
  if (unused.length > 0) note(`${folder}: not used: ${some(unused)}`);
  const empty = entries.filter(({ caption }) => caption === "");
  if (empty.length > 0) {
    const places = empty.map(({ place }) => place);
    note(`${folder}: empty captions: ${some(places)}`);
  }
  return [...entries];
}

async function contentOf(
  folder: string,
): Promise<{ files: string[]; folders: string[] }> {
  try {
    const entries = (await Array.fromAsync(Deno.readDir(folder)))
      .filter(({ name }) => !LEFT_BY_SYSTEMS.test(name));
    const names = (isFolder: boolean) =>
      entries.filter((entry) => entry.isDirectory === isFolder)
        .map(({ name }) => name).sort();
    return { files: names(false), folders: names(true) };
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

async function listed(folder: string, files: string[]): Promise<Listed> {
  const lists = LISTS.map(finder(files));
  if (lists.some(Boolean)) return await fromLines(folder, lists);
  const tables = files.filter(isTable);
  if (tables.length > 1) {
    throw new InputError(
      `${folder} holds more than one table of clips: ${tables.join(", ")}`,
    );
  }
  if (tables[0] !== undefined) return await fromTable(folder, tables[0]);
  return await fromPairs(folder, files);
}

/** Finds files by name, written in small or capital letters. */
function finder(
  files: readonly string[],
): (name: string) => string | undefined {
  const exact = new Set(files);
  const similar = new Map(files.map((name) => [name.toLowerCase(), name]));
  return (name) => exact.has(name) ? name : similar.get(name.toLowerCase());
}

async function fromLines(
  folder: string,
  lists: readonly (string | undefined)[],
): Promise<Listed> {
  const read = lists.map((name, i) => {
    if (name !== undefined) return name;
    const path = join(folder, LISTS[i]!);
    throw new InputError(`${path} is missing: it goes with the file beside it`);
  });
  const [videos = [], prompts = []] = await Promise.all(
    read.map(async (name) => linesOf(await readText(join(folder, name)))),
  );
  const [video, prompt] = read;
  if (videos.length !== prompts.length) {
    throw new InputError(
      `${folder}: ${video} has ${videos.length} lines and ${prompt} ${prompts.length}, they must agree`,
    );
  }
  const entries: ClipEntry[] = [];
  for (const [i, name] of videos.entries()) {
    const caption = prompts[i]!;
    if (name === "" && caption === "") continue;
    if (name === "" || caption === "") {
      const blank = name === "" ? video : prompt;
      throw new InputError(
        `${folder}: line ${
          i + 1
        } of ${blank} is blank, that of the file beside it reads ${
          JSON.stringify(cut(name || caption))
        }`,
      );
    }
    const place = `${prompt} line ${i + 1}`;
    entries.push({ path: resolve(folder, name), caption, place });
  }
  return { entries, read };
}

/** Lines without spaces around them, up to the last that is not blank. */
function linesOf(text: string): string[] {
  const all = text.trimEnd();
  return all === "" ? [] : all.split(/\r\n?|\n/).map((line) => line.trim());
}

async function fromTable(folder: string, name: string): Promise<Listed> {
  const path = join(folder, name);
  const rows = tableRows(path, await readText(path));
  const entries = rows.map(({ where, video, caption }) => ({
    path: resolve(folder, video),
    caption,
    place: `${name} ${where}`,
  }));
  return { entries, read: [name] };
}

async function fromPairs(
  folder: string,
  files: readonly string[],
): Promise<Listed> {
  const videos = files.filter((name) =>
    VIDEO_ENDINGS.includes(extname(name).toLowerCase())
  );
  if (videos.length === 0) {
    const found = files.length === 0 ? "" : `, found ${some(files)}`;
    throw new InputError(
      `${folder} lists no clips: it needs videos.txt and prompts.txt, a .csv or metadata.jsonl, or videos with a .txt beside each${found}`,
    );
  }
  const find = finder(files);
  const texts = videos.map((video) =>
    find(`${basename(video, extname(video))}.txt`)
  );
  const without = videos.filter((_, i) => texts[i] === undefined);
  if (without.length > 0) {
    throw new InputError(
      `${folder}: no .txt with a caption is beside ${some(without)}`,
    );
  }
  const read = texts.filter((name) => name !== undefined);
  const entries = await Promise.all(videos.map(async (video, i) => ({
    path: resolve(folder, video),
    caption: (await readText(join(folder, read[i]!))).trim(),
    place: read[i]!,
  })));
  return { entries, read };
}

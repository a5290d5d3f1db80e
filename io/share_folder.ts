import { dirname, join, SEPARATOR } from "@std/path";
import { InputError } from "../core/errors.ts";
import { isModelFile } from "./model_file.ts";
import { type ModelIndex, partFolder } from "./model_index.ts";

/** A file that another folder is to have too. */
export interface SharedFile {
  /** Where its bytes are, links resolved. */
  readonly source: string;
  /** Its path in the folder. */
  readonly name: string;
}

/** Folders in a part's folder; the hub's models have none. */
const MAX_DEPTH = 4;

/**
 * The files of all parts of a pipeline but one, by part, that `shareFiles` would
 * share. Throws InputError as `shareableFiles` does, and for a part without a folder.
 */
export async function shareableParts(
  index: ModelIndex,
  except: string,
): Promise<Map<string, readonly SharedFile[]>> {
  const parts = new Map<string, readonly SharedFile[]>();
  for (const part of index.parts.keys()) {
    if (part === except) continue;
    parts.set(part, await shareableFiles(await partFolder(index, part)));
  }
  return parts;
}

/**
 * The files below a folder that belong to a model (see `isModelFile`). All else is
 * left out, folders that are links among it. Throws InputError for a file that is
 * a link to a place outside of the folder and of the hub's cache that holds it.
 */
export async function shareableFiles(folder: string): Promise<SharedFile[]> {
  const root = await Deno.realPath(folder);
  const files: SharedFile[] = [];
  const visit = async (inside: string, depth: number) => {
    for await (const entry of Deno.readDir(join(root, inside))) {
      const name = join(inside, entry.name);
      if (entry.isDirectory) {
        if (depth < MAX_DEPTH) await visit(name, depth + 1);
      } else if (isModelFile(entry.name)) {
        const source = await fileAt(root, name);
        if (source !== undefined) files.push({ source, name });
      }
    }
  };
  await visit("", 0);
  return files.sort((a, b) => a.name < b.name ? -1 : 1);
}

/** The real path of a file; undefined for what is none. */
async function fileAt(
  root: string,
  name: string,
): Promise<string | undefined> {
  const path = join(root, name);
  let source: string;
  try {
    source = await Deno.realPath(path);
  } catch (cause) {
    throw new InputError(`Cannot share ${path}: it is a link to nothing`, {
      cause,
    });
  }
  if (!(await Deno.stat(source)).isFile) return undefined;
  if (source.startsWith(root + SEPARATOR)) return source;
  if (dirname(source) === blobsOf(root)) return source;
  throw new InputError(
    `Cannot share ${path}: it is a link to ${source}; accepted are files of the folder and, in the hub's cache, links to its blobs`,
  );
}

/** Where the hub's cache keeps the files of `MODEL/snapshots/COMMIT/PART`. */
function blobsOf(root: string): string | undefined {
  const at = root.lastIndexOf(`${SEPARATOR}snapshots${SEPARATOR}`);
  return at < 0 ? undefined : join(root.slice(0, at), "blobs");
}

/**
 * Makes files appear in folder `to` as well: as hard links, which take no space,
 * or where the system makes none (another disk) as copies. Files of these names
 * that were there before give way.
 */
export async function shareFiles(
  files: readonly SharedFile[],
  to: string,
): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for (const { source, name } of files) {
    const target = join(to, name);
    await Deno.mkdir(dirname(target), { recursive: true });
    await shareFile(source, target);
  }
}

async function shareFile(from: string, to: string): Promise<void> {
  // A file shared before is the same one: copying it onto itself would empty it.
  await Deno.remove(to).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  try {
    await Deno.link(from, to);
  } catch {
    await Deno.copyFile(from, to);
  }
}

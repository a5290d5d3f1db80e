import { basename, dirname, join } from "@std/path";
import { cutText } from "../core/cut_text.ts";
import { InputError, reasonOf } from "../core/errors.ts";

/** A name beside `path` that nothing else uses, hidden, easy to recognise, and short: the longest names that a disk takes can be written. */
function temporaryName(path: string): string {
  const random = crypto.randomUUID().slice(0, 13);
  const start = cutText(basename(path), 64);
  return join(dirname(path), `.${start}.${random}.tmp`);
}

/** Whether a name is one of a file or folder that was not finished. */
export function isTemporary(name: string): boolean {
  return /^\..+\.[0-9a-f-]{13,36}\.tmp$/.test(name);
}

function writeError(path: string, cause: unknown): Error {
  return new Error(`Cannot write ${path}: ${reasonOf(cause)}`, { cause });
}

/** Writes all of `bytes`; the system may take fewer than asked for at a time. */
export async function writeAll(
  file: Deno.FsFile,
  bytes: Uint8Array,
): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += await file.write(bytes.subarray(done));
  }
}

/**
 * Puts a file at `path` that is complete or absent, whatever happens meanwhile:
 * `fill` writes a temporary file in the same folder, which is then flushed to
 * the disk and renamed. On failure an existing file stays as it was. `fill` is
 * also told the temporary file's path, for a program that writes it.
 */
export async function replaceFile(
  path: string,
  fill: (file: Deno.FsFile, temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = temporaryName(path);
  try {
    {
      using file = await Deno.open(temporary, { write: true, createNew: true });
      await fill(file, temporary);
      await file.sync();
    }
    await Deno.rename(temporary, path);
  } catch (cause) {
    await Deno.remove(temporary).catch(() => {});
    throw cause instanceof InputError ? cause : writeError(path, cause);
  }
}

/** Writes bytes or text (UTF-8) to `path` atomically, see {@link replaceFile}. */
export async function writeFileAtomic(
  path: string,
  content: Uint8Array | string,
): Promise<void> {
  const bytes = typeof content === "string"
    ? new TextEncoder().encode(content)
    : content;
  await replaceFile(path, (file) => writeAll(file, bytes));
}

/**
 * Puts a folder at `path` that is complete or absent: `fill` writes into a
 * temporary folder beside it, which is then renamed. A folder already there is
 * replaced, but only if `owned` holds for every name in it.
 *
 * @throws InputError if the folder at `path` holds something else.
 */
export async function replaceFolder(
  path: string,
  owned: (name: string) => boolean,
  fill: (folder: string) => Promise<void>,
): Promise<void> {
  const exists = await refuseForeign(path, owned);
  const temporary = temporaryName(path);
  const old = temporaryName(path);
  try {
    await Deno.mkdir(temporary, { recursive: true });
    await fill(temporary);
    if (exists) await Deno.rename(path, old);
    try {
      await Deno.rename(temporary, path);
    } catch (cause) {
      if (exists) await Deno.rename(old, path);
      throw cause;
    }
  } catch (cause) {
    await Deno.remove(temporary, { recursive: true }).catch(() => {});
    throw cause instanceof InputError ? cause : writeError(path, cause);
  }
  if (exists) await Deno.remove(old, { recursive: true });
}

/** Whether a folder is at `path`; throws if it holds what `owned` disclaims. */
async function refuseForeign(
  path: string,
  owned: (name: string) => boolean,
): Promise<boolean> {
  try {
    for await (const { name } of Deno.readDir(path)) {
      if (owned(name)) continue;
      throw new InputError(
        `Cannot replace the folder ${path}: it also holds ${name}; name a new or empty folder`,
      );
    }
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    if (error instanceof Deno.errors.NotADirectory) {
      throw new InputError(`Cannot write the folder ${path}: it is a file`);
    }
    throw error;
  }
}

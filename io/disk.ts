import {
  type FileSource,
  type FileStat,
  type OpenFile,
  readError,
} from "./file_source.ts";

/** What the system means, in words. */
async function reasonOf(
  path: string,
  cause: unknown,
  missing: string,
): Promise<unknown> {
  if (cause instanceof Deno.errors.NotFound) {
    const target = await Deno.readLink(path).catch(() => undefined);
    return target === undefined
      ? missing
      : `it is a link to ${target}, which is not there; if it is the hub's cache, download the model again`;
  }
  return cause instanceof Deno.errors.NotADirectory ? "it is no folder" : cause;
}

function kindOf({ isFile, isDirectory }: Deno.FileInfo): FileStat["kind"] {
  return isFile ? "file" : isDirectory ? "folder" : "other";
}

/** An open file, whose one position is shared by all reads: they take turns. */
class DiskFile implements OpenFile {
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    readonly path: string,
    readonly size: number,
    readonly file: Deno.FsFile,
  ) {}

  read(start: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = this.#last.then(() => this.#read(start, length));
    this.#last = bytes.catch(() => {});
    return bytes;
  }

  async #read(start: number, length: number) {
    const { file, path } = this;
    const bytes = new Uint8Array(length);
    await file.seek(start, Deno.SeekMode.Start);
    for (let done = 0; done < length;) {
      const count = await file.read(bytes.subarray(done));
      if (count === null) throw readError(path, "it ended while it was read");
      done += count;
    }
    return bytes;
  }

  [Symbol.dispose](): void {
    this.file.close();
  }
}

/** The files of this machine, read by Deno; `root` is the working folder unless given. */
export function diskFiles(root = "."): FileSource {
  return {
    root,
    async stat(path) {
      const found = await Deno.stat(path).catch(() => undefined);
      if (found === undefined) return undefined;
      const { size, mtime } = found;
      return { kind: kindOf(found), size, modified: mtime?.getTime() ?? 0 };
    },
    async list(folder) {
      try {
        const names = new Set<string>();
        for await (const { name } of Deno.readDir(folder)) names.add(name);
        return names;
      } catch (cause) {
        throw readError(
          folder,
          await reasonOf(folder, cause, "there is no such folder"),
        );
      }
    },
    async open(path) {
      try {
        const kind = kindOf(await Deno.stat(path));
        if (kind === "folder") throw new Error("it is a folder");
        // Opening a pipe would wait for who writes to it.
        if (kind === "other") throw new Error("it is not a regular file");
        const file = await Deno.open(path);
        return new DiskFile(path, (await file.stat()).size, file);
      } catch (cause) {
        throw readError(
          path,
          await reasonOf(path, cause, "there is no such file"),
        );
      }
    },
  };
}

/** The files of this machine. */
export const DISK: FileSource = diskFiles();

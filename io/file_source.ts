import { InputError, reasonOf } from "../core/errors.ts";

/** What is at a path. */
export interface FileStat {
  /** Pipes, devices and the like are `other`: reading them may never end. */
  readonly kind: "file" | "folder" | "other";
  /** Bytes of a file; 0 where they are not known. */
  readonly size: number;
  /** When it was changed, in ms since 1970; 0 where that is not known. */
  readonly modified: number;
}

/** A file that stays the same one until it is closed, whatever replaces it meanwhile. */
export interface OpenFile extends Disposable {
  /** Its bytes. */
  readonly size: number;
  /** Just these bytes; throws where the file ends before. */
  read(start: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * Where models are read from: a disk, a web server, or whatever else can look
 * up a path, list a folder and read a range of a file.
 */
export interface FileSource {
  /** The folder that is meant where nobody names one. */
  readonly root: string;
  /** What is at a path; undefined for nothing. */
  stat(path: string): Promise<FileStat | undefined>;
  /** The names in a folder. Throws InputError where there is none. */
  list(folder: string): Promise<ReadonlySet<string>>;
  /** Throws InputError for what is no regular file. */
  open(path: string): Promise<OpenFile>;
}

/** An InputError that says in words why `path` cannot be read. */
export function readError(path: string, reason: unknown): InputError {
  if (reason instanceof InputError) return reason;
  return new InputError(`Cannot read ${path}: ${reasonOf(reason)}`, {
    cause: reason,
  });
}

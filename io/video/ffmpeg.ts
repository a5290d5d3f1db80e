import { InputError } from "../../core/errors.ts";

/** The programs of FFmpeg that are used when they are installed. */
export type Program = "ffmpeg" | "ffprobe";

/**
 * Full path of a program on PATH; undefined where it is not installed, or
 * where Deno may not look for it or run it. It never asks for a permission.
 */
export async function findProgram(name: Program): Promise<string | undefined> {
  for (const folder of searchPath()) {
    const windows = Deno.build.os === "windows";
    const path = `${folder}/${name}${windows ? ".exe" : ""}`;
    if (!granted({ name: "read", path })) continue;
    if (!granted({ name: "run", command: path })) continue;
    const file = await Deno.stat(path).catch(() => undefined);
    if (file?.isFile) return path;
  }
  return undefined;
}

/** Full path of a program, or an InputError that says what needs it and how to get it. */
export async function requireProgram(
  name: Program,
  purpose: string,
): Promise<string> {
  const path = await findProgram(name);
  if (path !== undefined) return path;
  throw new InputError(
    `${purpose} needs ${name}, which is not on PATH or may not be run: install it ` +
      "(Debian: apt install ffmpeg; macOS: brew install ffmpeg; Windows: winget install ffmpeg) " +
      "and allow read, run and env=PATH",
  );
}

/** How a program ended. */
export interface Ended {
  /** Whether its exit status was 0. */
  readonly success: boolean;
  /** What ended it, if it did not end by itself. */
  readonly signal: Deno.Signal | null;
  /** What it wrote to stderr. */
  readonly log: string;
}

/** A running program: its output as it comes, and how it ended. */
export interface Running {
  readonly stdout: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Resolves when the program has ended. */
  readonly ended: Promise<Ended>;
  /** Ends the program if it still runs. */
  stop(): void;
}

/** Starts a program with `input` as its standard input. A write that it no longer wants is no error: its log says why. */
export function start(
  path: string,
  args: readonly string[],
  input?: AsyncIterable<Uint8Array<ArrayBuffer>>,
): Running {
  // A cleared environment, because Deno refuses limited run permissions when
  // LD_LIBRARY_PATH would be handed on.
  const process = new Deno.Command(path, {
    args: [...args],
    clearEnv: true,
    env: { PATH: searchPath().join(SEPARATOR) },
    stdin: input ? "piped" : "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const fed = input ? feed(process.stdin, input) : Promise.resolve();
  const log = new Response(process.stderr).text();
  const ended = Promise.all([process.status, log, fed])
    .then(([{ success, signal }, text]) => ({
      success,
      signal,
      log: text.trim(),
    }));
  const stop = () => {
    try {
      process.kill();
    } catch {
      // It has ended already.
    }
  };
  return { stdout: process.stdout, ended, stop };
}

async function feed(
  stdin: WritableStream<Uint8Array<ArrayBuffer>>,
  input: AsyncIterable<Uint8Array<ArrayBuffer>>,
): Promise<void> {
  const writer = stdin.getWriter();
  try {
    for await (const part of input) await writer.write(part);
    await writer.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

const SEPARATOR = Deno.build.os === "windows" ? ";" : ":";

function searchPath(): string[] {
  if (!granted({ name: "env", variable: "PATH" })) return [];
  return (Deno.env.get("PATH") ?? "").split(SEPARATOR).filter(Boolean);
}

function granted(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}

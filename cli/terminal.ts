import { isHangupIgnored } from "./hangup.ts";

/** The ways in which a command touches its terminal. */
export interface Terminal {
  /** A line of results. */
  out(text: string): void;
  /** A line for people. */
  err(text: string): void;
  /**
   * Calls `handler` with the exit status of a signal, each time that one asks
   * the command to end, until the returned function is called.
   */
  onInterrupt(handler: (status: number) => void): () => void;
}

/** Signals that ask a command to end, and the exit status that each stands for. */
const SIGNALS: readonly [Deno.Signal, number][] = Deno.build.os === "windows"
  ? [["SIGINT", 130], ["SIGBREAK", 149]]
  : [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]];

/** A signal to a whole group of processes comes twice: directly, and handed on by `deno task`. */
const SAME_MS = 1000;

function writeAll(stream: typeof Deno.stdout, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) {
    at += stream.writeSync(bytes.subarray(at));
  }
}

/** Writes to standard error. What cannot be said there must not end a run. */
export function writeError(text: string): void {
  try {
    writeAll(Deno.stderr, text);
  } catch { /* its disk is full, or the terminal is gone */ }
}

function writeResult(text: string): void {
  try {
    writeAll(Deno.stdout, text);
  } catch (cause) {
    if (cause instanceof Deno.errors.BrokenPipe) return; // the reader has enough
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot write to standard output: ${reason}`, { cause });
  }
}

/** The terminal of this process. */
export const terminal: Terminal = {
  out: (text) => writeResult(`${text}\n`),
  err: (text) => writeError(`${text}\n`),
  onInterrupt(handler) {
    let last = -Infinity;
    const listeners = SIGNALS.map(([signal, status]) => {
      const ignored = signal === "SIGHUP" && isHangupIgnored();
      const listener = () => {
        const now = performance.now();
        if (ignored || now - last < SAME_MS) return;
        last = now;
        handler(status);
      };
      Deno.addSignalListener(signal, listener);
      return () => Deno.removeSignalListener(signal, listener);
    });
    return () => listeners.forEach((remove) => remove());
  },
};

import { AdapterError, InputError } from "../core/errors.ts";
import { readEnv } from "../io/env.ts";
import type { Command, Flags, Parsed } from "./flags/flag_types.ts";
import { isAsked, parseFlags } from "./flags/flags.ts";
import { usage } from "./flags/usage.ts";
import { inOurWords } from "./permission_error.ts";
import { VERSION } from "./program.ts";
import { type Terminal, terminal } from "./terminal.ts";

/** What a running command may ask of the command line. */
export interface Run {
  /** Called once when the user interrupts: saves, and says what was saved and how to go on. */
  onInterrupt(save: () => string | Promise<string>): void;
}

/** What a command does; `print` takes its results, a line or more at a time. */
export type Main<F extends Flags> = (
  parsed: Parsed<F>,
  run: Run,
  print: (text: string) => void,
) => void | Promise<void>;

/** A failure that the results on stdout tell of already. */
export class FailedResults extends Error {}

function statusOf(error: unknown): number {
  if (error instanceof InputError) return 2;
  return error instanceof AdapterError ? 3 : 1;
}

/** Says how commands end: a sentence on stderr and, with --json, an object on stdout. */
class Ending {
  constructor(
    readonly command: string,
    readonly json: boolean,
    readonly io: Terminal,
  ) {}

  say(message: string, status: number, json = this.json): void {
    const { command, io } = this;
    io.err(`${command}: ${message}`);
    try {
      if (json) io.out(JSON.stringify({ command, error: message, status }));
    } catch { /* nobody can read results: stderr has it */ }
  }

  fail(thrown: unknown): number {
    const error = inOurWords(thrown);
    const message = error instanceof Error ? error.message : String(error);
    const status = statusOf(error);
    this.say(
      message === "" ? "Failed without a message" : message,
      status,
      this.json && !(error instanceof FailedResults),
    );
    if (readEnv("QVGEN_DEBUG") && error instanceof Error) {
      this.io.err(error.stack ?? "");
    }
    return status;
  }
}

/** runCommand() without the exit: resolves to the exit status. */
export async function execute<F extends Flags>(
  command: Command<F>,
  main: Main<F>,
  args: readonly string[],
  io: Terminal = terminal,
): Promise<number> {
  const shown = isAsked(args, "--help", "-h")
    ? usage(command)
    : isAsked(args, "--version")
    ? VERSION
    : undefined;
  if (shown !== undefined) {
    io.out(shown);
    return 0;
  }
  const ending = new Ending(
    command.name,
    isAsked(args, "--json", "--json=true"),
    io,
  );
  let save: () => string | Promise<string> = () => "nothing was saved";
  const interrupted = Promise.withResolvers<number>();
  let interrupts = 0;
  const stopListening = io.onInterrupt(async (status) => {
    if (++interrupts > 1) return interrupted.resolve(status); // the user insists
    try {
      ending.say(`Interrupted; ${await save()}`, status);
    } catch (error) {
      ending.fail(error);
    }
    interrupted.resolve(status);
  });
  const finished = (async () => {
    try {
      await main(
        parseFlags(command, args),
        { onInterrupt: (callback) => save = callback },
        io.out,
      );
      return interrupts > 0 ? interrupted.promise : 0;
    } catch (error) {
      // What breaks while an interrupted command is being saved is no news.
      if (interrupts > 0) return interrupted.promise;
      return ending.fail(error);
    }
  })();
  try {
    return await Promise.race([finished, interrupted.promise]);
  } finally {
    stopListening();
  }
}

/**
 * Runs a command and ends the process: 0 done, 1 failed, 2 wrong usage or
 * input, 3 no GPU adapter; interrupted 130 by Ctrl-C, 143 by SIGTERM, 129 by a
 * terminal that closed. A failure is one sentence on stderr; with --json it is
 * also the last line of stdout, `{"command", "error", "status"}`; with
 * QVGEN_DEBUG set, its stack is on stderr too.
 */
export async function runCommand<F extends Flags>(
  command: Command<F>,
  main: Main<F>,
  args: readonly string[] = Deno.args,
): Promise<never> {
  if (Deno.build.os !== "windows") {
    Deno.addSignalListener("SIGXFSZ", () => {}); // then the write fails, by name
  }
  Deno.exit(await execute(command, main, args));
}

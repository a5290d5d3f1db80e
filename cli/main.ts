import { AdapterError, InputError } from "../core/errors.ts";
import { readEnv } from "./env.ts";
import type { Command, Flags, Parsed } from "./flags/flag_types.ts";
import { parseFlags, wantsHelp } from "./flags/flags.ts";
import { usage } from "./flags/usage.ts";

/** What a running command may ask of the command line. */
export interface Run {
  /** Called once when the user interrupts: saves, and says what was saved and how to go on. */
  onInterrupt(save: () => string | Promise<string>): void;
}

/** The ways in which a command touches its terminal. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Calls `handler` at each Ctrl-C until the returned function is called. */
  onInterrupt(handler: () => void): () => void;
}

const terminal: Terminal = {
  out: (text) => console.log(text),
  err: (text) => console.error(text),
  onInterrupt(handler) {
    Deno.addSignalListener("SIGINT", handler);
    return () => Deno.removeSignalListener("SIGINT", handler);
  },
};

function status(error: unknown): number {
  if (error instanceof InputError) return 2;
  return error instanceof AdapterError ? 3 : 1;
}

function report(name: string, error: unknown, { err }: Terminal): number {
  const message = error instanceof Error ? error.message : String(error);
  err(`${name}: ${message === "" ? "Failed without a message" : message}`);
  if (readEnv("QVGEN_DEBUG") && error instanceof Error) err(error.stack ?? "");
  return status(error);
}

/** runCommand() without the exit: resolves to the exit status. */
export async function execute<F extends Flags>(
  command: Command<F>,
  main: (parsed: Parsed<F>, run: Run) => void | Promise<void>,
  args: readonly string[],
  io: Terminal = terminal,
): Promise<number> {
  if (wantsHelp(args)) {
    io.out(usage(command));
    return 0;
  }
  let save: () => string | Promise<string> = () => "nothing was saved";
  const interrupted = Promise.withResolvers<number>();
  let interrupts = 0;
  const stopListening = io.onInterrupt(async () => {
    if (++interrupts > 1) return interrupted.resolve(130); // the user insists
    try {
      io.err(`${command.name}: Interrupted; ${await save()}`);
    } catch (error) {
      report(command.name, error, io);
    }
    interrupted.resolve(130);
  });
  const finished = (async () => {
    try {
      await main(parseFlags(command, args), {
        onInterrupt: (callback) => save = callback,
      });
      return interrupts > 0 ? interrupted.promise : 0;
    } catch (error) {
      // What breaks while an interrupted command is being saved is no news.
      if (interrupts > 0) return interrupted.promise;
      return report(command.name, error, io);
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
 * input, 3 no GPU adapter, 130 interrupted. A failure is one sentence on
 * stderr; with QVGEN_DEBUG set, its stack too.
 */
export async function runCommand<F extends Flags>(
  command: Command<F>,
  main: (parsed: Parsed<F>, run: Run) => void | Promise<void>,
  args: readonly string[] = Deno.args,
): Promise<never> {
  if (Deno.build.os !== "windows") {
    Deno.addSignalListener("SIGXFSZ", () => {}); // then the write fails, by name
  }
  Deno.exit(await execute(command, main, args));
}

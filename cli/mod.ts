/**
 * The commands as one program: its first argument names the command, the others
 * are the command's own.
 *
 * ```sh
 * deno run -A @qvgen/qvgen/cli infer --prompt "a red circle moving right"
 * ```
 *
 * @module
 */
import { hint } from "../core/errors.ts";
import { runCommand } from "./main.ts";

/** Each loads only what it needs, and ends the process. */
const COMMANDS: Readonly<
  Record<string, (args: readonly string[]) => Promise<never>>
> = {
  async infer(args) {
    const { command, infer } = await import("./infer.ts");
    return await runCommand(command, infer, args);
  },
  async train(args) {
    const { command, train } = await import("./train.ts");
    return await runCommand(command, train, args);
  },
  async quantize(args) {
    const { command, quantize } = await import("./quantize.ts");
    return await runCommand(command, quantize, args);
  },
  async download(args) {
    const { command, download } = await import("./download.ts");
    return await runCommand(command, download, args);
  },
  async info(args) {
    const { command, info } = await import("./info.ts");
    return await runCommand(command, (parsed) => info(parsed), args);
  },
};

/** Runs the command that the first argument names and ends the process; 2 for none. */
async function main([name = "", ...args]: readonly string[]): Promise<never> {
  if (Object.hasOwn(COMMANDS, name)) return await COMMANDS[name]!(args);
  const names = Object.keys(COMMANDS);
  const found = name === "" ? "no command" : `${name}${hint(name, names)}`;
  console.error(`qvgen: Found ${found}, accepted is ${names.join(", ")}`);
  Deno.exit(2);
}

if (import.meta.main) await main(Deno.args);

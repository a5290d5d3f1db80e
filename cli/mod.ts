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
import { readEnv } from "../io/env.ts";
import { runCommand } from "./main.ts";
import { VERSION } from "./program.ts";

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
    return await runCommand(command, info, args);
  },
  async parity(args) {
    const { command, parity } = await import("./parity.ts");
    return await runCommand(command, parity, args);
  },
  async pretrain(args) {
    const { command, pretrainModel } = await import("./pretrain.ts");
    return await runCommand(command, pretrainModel, args);
  },
};

const CALL = "deno run -A @qvgen/qvgen/cli";
const NAMES = Object.keys(COMMANDS);
const USAGE = `Usage: ${CALL} COMMAND [flags]; COMMAND is one of ${
  NAMES.join(", ")
}, each of which has --help`;

/** Runs the command that the first argument names and ends the process; 2 for none. */
async function main([name = "", ...args]: readonly string[]): Promise<never> {
  if (Object.hasOwn(COMMANDS, name)) {
    // What the commands tell users to type. It takes permission, which -A gives.
    if (!readEnv("QVGEN_CALL")) Deno.env.set("QVGEN_CALL", CALL);
    return await COMMANDS[name]!(args);
  }
  const asked = name === "--version" ? VERSION : USAGE;
  if (/^(--version|--help|-h)$/.test(name)) {
    console.log(asked);
    Deno.exit(0);
  }
  const unknown = `Found no command ${name}${hint(name, NAMES)}. `;
  console.error(`qvgen: ${name === "" ? "" : unknown}${USAGE}`);
  Deno.exit(2);
}

if (import.meta.main) await main(Deno.args);

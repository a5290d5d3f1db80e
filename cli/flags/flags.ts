import { parseArgs } from "@std/cli/parse-args";
import { hint, InputError } from "../../core/errors.ts";
import {
  type Command,
  type Flag,
  flagName,
  type Flags,
  type Parsed,
  type Values,
} from "./flag_types.ts";
import { accepted, convert } from "./flag_value.ts";

/** Whether one of the switches `names` is among the arguments, before any `--`. */
export function isAsked(
  args: readonly string[],
  ...names: readonly string[]
): boolean {
  const end = args.indexOf("--");
  return args
    .slice(0, end < 0 ? args.length : end)
    .some((arg) => names.includes(arg));
}

function unknown(arg: string, flags: Flags): InputError {
  const names = Object.entries(flags).flatMap(([key, flag]) => {
    const name = flagName(key);
    return flag.type === "boolean"
      ? [`--${name}`, `--no-${name}`]
      : [`--${name}`];
  });
  const name = arg.replace(/=.*/s, "");
  return new InputError(`Unknown flag ${name}${hint(name, names)}`);
}

/**
 * Every flag as `--name=value`. Left to itself, parseArgs() reads a missing
 * value as an empty one, takes no value that is empty or starts with "-",
 * forgets an `--x` before `--no-x`, and takes `--x=yes` and `--no-x=1` for `--x`.
 */
function tieValues(args: readonly string[], flags: Flags): string[] {
  const valued = new Map<string, Flag>();
  const switches = new Map<string, string>();
  for (const [key, flag] of Object.entries(flags)) {
    const name = flagName(key);
    if (flag.type === "boolean") {
      switches.set(`--${name}`, `--${name}=true`);
      switches.set(`--no-${name}`, `--${name}=false`);
    } else valued.set(`--${name}`, flag);
  }
  const tied: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--") return [...tied, ...args.slice(i)];
    if (/^--no-[^=]*=/.test(arg)) throw unknown(arg, flags);
    const flag = valued.get(arg);
    const value = args[i + 1];
    if (flag === undefined) tied.push(switches.get(arg) ?? arg);
    else if (value === undefined || value.startsWith("--")) {
      throw new InputError(
        `Flag ${arg}: found no value, accepted ${accepted(flag)}`,
      );
    } else {
      tied.push(`${arg}=${value}`);
      i++;
    }
  }
  return tied;
}

/**
 * Reads arguments by a command's declaration: `--name value`, `--name=value`,
 * `--no-name`; what follows `--` is positional. Throws InputError that names
 * the flag, what was found and what is accepted.
 */
export function parseFlags<F extends Flags>(
  command: Command<F>,
  args: readonly string[],
): Parsed<F> {
  const { flags } = command;
  const names = Object.keys(flags).map(flagName);
  const { _: rest, ...texts } = parseArgs(tieValues(args, flags), {
    string: ["_", ...names],
    collect: names,
    unknown(arg, key) {
      if (key !== undefined) throw unknown(arg, flags);
    },
  });
  const positionals = rest.map(String);
  const { min, max, name } = command.positional ??
    { min: 0, max: 0, name: "" };
  if (positionals.length > max) {
    const taken = max === 0 ? "flags only" : `at most ${max} ${name}`;
    const advice = "prompt" in flags
      ? "; put the prompt in quotes behind --prompt"
      : "";
    throw new InputError(
      `Unexpected argument ${
        JSON.stringify(positionals[max])
      }: ${command.name} takes ${taken}${advice}`,
    );
  }
  if (positionals.length < min) {
    throw new InputError(
      `Missing argument ${name}: ${command.positional!.help}`,
    );
  }
  const values: Record<string, unknown> = {};
  for (const [key, flag] of Object.entries(flags)) {
    const given = texts[flagName(key)] as string[];
    if (given.length > 0) values[key] = convert(key, flag, given);
    else if (flag.default !== undefined) values[key] = flag.default;
    else if (flag.required) {
      throw new InputError(
        `Missing flag --${flagName(key)}: ${flag.help}`,
      );
    }
  }
  return { flags: values as Values<F>, positionals };
}

import { hint, InputError } from "../core/errors.ts";
import {
  type Command,
  flagName,
  type Flags,
  type Parsed,
  type Values,
} from "./flag_types.ts";
import { accepted, convert } from "./flag_value.ts";

/** Whether the arguments ask for help: `--help` or `-h` before any `--`. */
export function wantsHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args
    .slice(0, end < 0 ? args.length : end)
    .some((arg) => arg === "--help" || arg === "-h");
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

/** Sorts arguments into the texts of each flag and the rest. */
function scan(args: readonly string[], flags: Flags) {
  const keys = new Map(
    Object.keys(flags).map((key) => [flagName(key), key]),
  );
  const texts = new Map<string, string[]>();
  const positionals: string[] = [];
  const add = (key: string, text: string) =>
    texts.set(key, [...texts.get(key) ?? [], text]);
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--") {
      positionals.push(...args.slice(i + 1));
      break;
    }
    if (!arg.startsWith("-") || arg === "-") {
      positionals.push(arg);
      continue;
    }
    const [, name, value] = /^--([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    const negated = name?.startsWith("no-") ? keys.get(name.slice(3)) : null;
    const key = keys.get(name ?? "");
    if (key !== undefined) {
      const flag = flags[key]!;
      if (value !== undefined) add(key, value);
      else if (flag.type === "boolean") add(key, "true");
      else {
        const next = args[++i];
        if (next === undefined || next.startsWith("--")) {
          throw new InputError(
            `Flag ${arg}: found no value, accepted ${accepted(flag)}`,
          );
        }
        add(key, next);
      }
    } else if (
      negated && flags[negated]!.type === "boolean" && value === undefined
    ) {
      add(negated, "false");
    } else throw unknown(arg, flags);
  }
  return { texts, positionals };
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
  const { texts, positionals } = scan(args, command.flags);
  const { min, max, name } = command.positional ??
    { min: 0, max: 0, name: "" };
  if (positionals.length > max) {
    throw new InputError(
      `Unexpected argument ${JSON.stringify(positionals[max])}: ${
        max === 0
          ? `${command.name} takes flags only`
          : `${command.name} takes at most ${max} ${name}`
      }`,
    );
  }
  if (positionals.length < min) {
    throw new InputError(
      `Missing argument ${name}: ${command.positional!.help}`,
    );
  }
  const values: Record<string, unknown> = {};
  for (const [key, flag] of Object.entries(command.flags)) {
    const given = texts.get(key);
    if (given !== undefined) values[key] = convert(key, flag, given);
    else if (flag.default !== undefined) values[key] = flag.default;
    else if (flag.required) {
      throw new InputError(
        `Missing flag --${flagName(key)}: ${flag.help}`,
      );
    }
  }
  return { flags: values as Values<F>, positionals };
}

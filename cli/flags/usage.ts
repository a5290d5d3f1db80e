import { type Command, type Flag, flagName, type Flags } from "./flag_types.ts";
import { programCall } from "../program.ts";
import { wrap } from "./wrap.ts";

const NAME_COLUMNS = 30; // longer names take a line of their own
const INDENT = 6; // of what flags do, where there is no room beside their names

/** What the text of --help depends on beside the command. */
export interface UsageOptions {
  /** Columns to keep to; the terminal's, from 40 to 100. */
  readonly columns?: number;
  /** How commands are started. */
  readonly call?: string;
}

/** Columns of the terminal, as many as can be read well; 100 without one. */
function terminalColumns(): number {
  let columns = 100;
  try {
    columns = Deno.consoleSize().columns || columns;
  } catch { /* there is no terminal */ }
  return Math.min(100, Math.max(40, columns));
}

function head(key: string, flag: Flag): string {
  const name = flagName(key);
  switch (flag.type) {
    case "boolean":
      return flag.default === true ? `--[no-]${name}` : `--${name}`;
    case "enum":
      return `--${name} ${flag.placeholder ?? flag.values.join("|")}`;
    case "string":
      return `--${name} ${flag.placeholder ?? "TEXT"}`;
    default:
      return `--${name} ${flag.placeholder ?? "N"}`;
  }
}

function notes(flag: Flag): string {
  const all: string[] = [];
  if (flag.required) all.push("required");
  if (flag.type === "enum" && flag.placeholder !== undefined) {
    all.push(flag.values.join(", "));
  }
  if ("min" in flag || "max" in flag) {
    const { min, max } = flag;
    const both = min !== undefined && max !== undefined;
    all.push(
      both ? `${min}..${max}` : min === undefined ? `<= ${max}` : `>= ${min}`,
    );
  }
  if (flag.type === "list" && flag.separator === undefined) {
    all.push("repeatable");
  }
  const value = flag.shownDefault ??
    (flag.type === "boolean" ? undefined : flag.default?.toString());
  if (value !== undefined && value !== "") all.push(`default ${value}`);
  return all.length === 0 ? "" : ` (${all.join("; ")})`;
}

function row(name: string, help: string, columns: number): string[] {
  const beside = columns >= 2 * NAME_COLUMNS + INDENT;
  const indent = " ".repeat(beside ? NAME_COLUMNS : INDENT);
  const lines = wrap(help, columns - indent.length);
  // A list of values is broken at its bars where it is wider than the screen.
  const left = wrap(name.replaceAll("|", "| "), columns - 2)
    .map((line) => `  ${line.replaceAll("| ", "|")}`);
  if (beside && left.length === 1 && left[0]!.length + 2 <= NAME_COLUMNS) {
    const first = lines.shift()!;
    left[0] = `${left[0]!.padEnd(NAME_COLUMNS)}${first}`;
  }
  return [...left, ...lines.map((line) => `${indent}${line}`)];
}

/** A line to type, broken before flags so that it can still be pasted. */
function typed(line: string, columns: number): string[] {
  const parts = line.split(/ (?=--)/);
  const lines = [`  ${parts[0]}`];
  for (const part of parts.slice(1)) {
    const last = lines.at(-1)!;
    if (last.length + 1 + part.length <= columns - 2) {
      lines[lines.length - 1] = `${last} ${part}`;
    } else {
      lines[lines.length - 1] = `${last} \\`;
      lines.push(`    ${part}`);
    }
  }
  return lines;
}

/** The text of --help, made from the declaration. */
export function usage(
  command: Command<Flags>,
  { columns = terminalColumns(), call = programCall() }: UsageOptions = {},
): string {
  const flags = Object.entries(command.flags);
  const required = flags
    .filter(([, flag]) => flag.required)
    .map(([key, flag]) => ` ${head(key, flag)}`);
  const { positional } = command;
  const several = positional !== undefined && positional.max > 1 ? "..." : "";
  const args = positional === undefined
    ? ""
    : positional.min > 0
    ? ` ${positional.name}${several}`
    : ` [${positional.name}${several}]`;
  const name = `${call} ${command.name}`;
  const [first, ...rest] = wrap(
    `Usage: ${name}${required.join("")}${args} [flags]`,
    columns - 2,
  );
  return [
    ...wrap(command.summary, columns),
    "",
    first,
    ...rest.map((line) => `  ${line}`),
    "",
    ...(positional === undefined ? [] : [
      "Arguments:",
      ...row(positional.name, positional.help, columns),
      "",
    ]),
    "Flags:",
    ...flags.flatMap(([key, flag]) =>
      row(head(key, flag), flag.help + notes(flag), columns)
    ),
    ...row("-h, --help", "Show this text", columns),
    ...row("--version", "Show the program's version", columns),
    ...(command.examples === undefined ? [] : [
      "",
      "Examples:",
      ...command.examples.flatMap((line) => typed(`${name} ${line}`, columns)),
    ]),
  ].join("\n");
}

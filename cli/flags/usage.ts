import { type Command, type Flag, flagName, type Flags } from "./flag_types.ts";
import { wrap } from "./wrap.ts";

const NAME_COLUMNS = 30; // longer names take a line of their own
const COLUMNS = 100;

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

function row(name: string, help: string): string[] {
  const indent = " ".repeat(NAME_COLUMNS);
  const [first, ...rest] = wrap(help, COLUMNS - NAME_COLUMNS);
  const left = `  ${name}`;
  const lines = left.length + 2 > NAME_COLUMNS
    ? [left, `${indent}${first}`]
    : [`${left.padEnd(NAME_COLUMNS)}${first}`];
  return [...lines, ...rest.map((line) => `${indent}${line}`)];
}

/** The text of --help, made from the declaration. */
export function usage(command: Command<Flags>): string {
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
  return [
    command.summary,
    "",
    `Usage: deno task ${command.name}${required.join("")}${args} [flags]`,
    "",
    ...(positional === undefined
      ? []
      : ["Arguments:", ...row(positional.name, positional.help), ""]),
    "Flags:",
    ...flags.flatMap(([key, flag]) =>
      row(head(key, flag), flag.help + notes(flag))
    ),
    ...row("-h, --help", "Show this text"),
    ...(command.examples === undefined ? [] : [
      "",
      "Examples:",
      ...command.examples.map((line) => `  deno task ${command.name} ${line}`),
    ]),
  ].join("\n");
}

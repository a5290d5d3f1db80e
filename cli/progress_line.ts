/** `9s`, `1m05s`, `2h07m`. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s}s`;
  const two = (n: number) => String(n).padStart(2, "0");
  if (s < 3600) return `${Math.floor(s / 60)}m${two(s % 60)}s`;
  return `${Math.floor(s / 3600)}h${two(Math.floor(s / 60) % 60)}m`;
}

/** What a line of progress says. */
export interface ProgressLine {
  readonly label: string;
  /** Steps done; 0 is not shown where there is no total. */
  readonly done: number;
  readonly total: number | undefined;
  /** Seconds since the phase began. */
  readonly spent: number;
  /** Seconds that it still takes, where that can be told. */
  readonly left: number | undefined;
  /** Such as `loss 0.12, 30 ms a step`: what matters most comes first. */
  readonly note: string;
}

/** A line as it is for a pipe, however long. */
export function plainLine(line: ProgressLine): string {
  return compose(line, line.label, "", true, line.note);
}

const BAR = 24;
const SHORT_LABEL = 10;

/**
 * A line that fits `columns`. The bar shrinks first; then the time spent gives
 * way, the label, what is less wanted of the note, and the rest of the label:
 * count, time left and the note's first part stay.
 */
export function fittedLine(line: ProgressLine, columns: number): string {
  const { label, total, done, note, left } = line;
  const notes = note.split(", ");
  const shorter = (from: number, to: number) =>
    Array.from({ length: Math.max(0, from - to) }, (_, i) => from - i - 1);
  const barOf = (cells: number) => {
    if (total === undefined || cells === 0) return "";
    const filled = Math.round(Math.min(1, done / (total || 1)) * cells);
    return ` ${"━".repeat(filled)}${"╌".repeat(cells - filled)}`;
  };
  const labels = (from: number, to: number) =>
    shorter(from, to).map((n) => `${label.slice(0, n).trimEnd()}…`);
  const cut = (some: string, spent: boolean, rest = note) =>
    compose(line, some, "", spent, rest);
  const spent = left === undefined;
  const [first = ""] = notes;
  const short = labels(label.length, SHORT_LABEL);
  const shortest = short.at(-1) ?? label;
  const ways = [
    ...[BAR, ...shorter(BAR, 0)]
      .map((cells) => compose(line, label, barOf(cells), true, note)),
    cut(label, spent),
    ...short.map((some) => cut(some, spent)),
    ...shorter(notes.length, 1)
      .map((n) => cut(shortest, spent, notes.slice(0, n).join(", "))),
    ...labels(Math.min(label.length, SHORT_LABEL), 0)
      .map((some) => cut(some, spent, first)),
    cut("", spent, first).trimStart(),
  ];
  const fits = ways.find((way) => way.length <= columns);
  return fits ?? ways.at(-1)!.slice(0, columns);
}

function compose(
  { done, total, spent, left }: ProgressLine,
  label: string,
  bar: string,
  showsSpent: boolean,
  note: string,
): string {
  const count = total !== undefined
    ? ` ${done}/${total}`
    : done === 0
    ? ""
    : ` ${done}`;
  const times = [
    ...(showsSpent ? [duration(spent)] : []),
    ...(left === undefined ? [] : [`${duration(left)} left`]),
  ];
  return `${label}${bar}${count}  ${times.join(", ")}${
    note === "" ? "" : `  ${note}`
  }`;
}

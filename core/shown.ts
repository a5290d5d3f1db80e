/** Characters of a text that a message shows. */
const MOST = 80;

/**
 * A value that came from a file, as a message shows it: as JSON, cut short,
 * since it may be of any length.
 */
export function shown(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(cut(value, MOST));
  }
  if (Array.isArray(value)) {
    const some = value.slice(0, 9).map((one) =>
      Array.isArray(one) ? "[…]" : shown(one)
    );
    return cut(`[${some}${value.length > 9 ? ",…" : ""}]`, MOST);
  }
  if (typeof value === "object" && value !== null) return "{…}";
  return value === undefined ? "nothing" : String(value);
}

/** A text from a file without its end, where it is long. */
export function cut(text: string, most = MOST): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}

/** Some of many names in a message. */
export function some(names: readonly string[], most = 8): string {
  const first = names.slice(0, most).map((name) => cut(name)).join(", ");
  return names.length > most
    ? `${first} and ${names.length - most} more`
    : first;
}

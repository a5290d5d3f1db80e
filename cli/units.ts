const PREFIXES = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]] as const;

/** Two digits, or three of hundreds: `2.3`, `43`, `817`. */
function short(value: number): string {
  return String(Number(value.toPrecision(value < 100 ? 2 : 3)));
}

/** `2.3 MB`, `12 GB`, `817 bytes`. */
export function bytesText(bytes: number): string {
  // What rounds to 1000 of a unit is 1 of the next.
  const found = PREFIXES.find(([size]) => bytes >= 0.9995 * size);
  return found
    ? `${short(bytes / found[0])} ${found[1]}B`
    : counted(bytes, "byte");
}

/** `43 ms`, `1.2 s`. */
export function msText(ms: number): string {
  return ms < 999.5 ? `${short(ms)} ms` : `${short(ms / 1000)} s`;
}

/** `1 step`, `2 steps`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

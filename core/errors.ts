/** Characters that a message may have: names of files are of any length, and so is what they hold. */
const LONGEST = 2000;

/**
 * Wrong usage or wrong input: names the flag or file, what was found and what
 * is accepted. The command line turns it into exit status 2.
 */
export class InputError extends Error {
  /** A message of any length is cut to a readable one. */
  constructor(message: string, options?: ErrorOptions) {
    const isLong = message.length > LONGEST;
    super(isLong ? `${message.slice(0, LONGEST)}…` : message, options);
  }

  /** Which error it is, for messages. */
  override readonly name = "InputError";
}

/** No usable GPU adapter; the command line turns it into exit status 3. */
export class AdapterError extends Error {
  /** Which error it is, for messages. */
  override readonly name = "AdapterError";
}

/** What an error says of its cause, in a user's words. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.message.startsWith("Requires all access")
    ? "Deno keeps programs out of the system's own folders"
    : cause.message.replace(/(?<=\(os error \d+\)): [^]*$/, ""); // the call, with the path once more
}

/** How many single-letter edits (swaps included) turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      row[j] = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        row[j] = Math.min(row[j]!, before[j - 2]! + 1);
      }
    }
    before = last;
    last = row;
  }
  return last[b.length]!;
}

/** The candidate most like `name`, if one is close enough to be meant. */
export function nearest(
  name: string,
  candidates: Iterable<string>,
): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(name, candidate);
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** ` (did you mean X?)`, or nothing when no candidate is close. */
export function hint(name: string, candidates: Iterable<string>): string {
  const near = nearest(name, candidates);
  return near === undefined ? "" : ` (did you mean ${near}?)`;
}

/** CSV text to rows; with `skipFirstRow`, rows keyed by the header. */
export function parse(text: string): string[][];
export function parse(
  text: string,
  options: { skipFirstRow: true },
): Record<string, string>[];

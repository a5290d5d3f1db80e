/** How a row of unsigned codes lies in 32-bit words. */
export interface RowLayout {
  /** Codes in a row. */
  readonly inputs: number;
  /** Bits of a code, 1 to 8. */
  readonly bits: number;
}

/** Words that a row takes; the bits after its last code are zero. */
export function wordsPerRow({ inputs, bits }: RowLayout): number {
  return Math.ceil(inputs * bits / 32);
}

/**
 * Packs unsigned codes [rows, inputs] into words [rows, wordsPerRow] without
 * gaps: code i of a row is its bits `bits * i` and up, counted from the lowest
 * bit of its first word.
 *
 * @throws RangeError if the codes are no whole rows, or one needs more bits.
 *
 * @example
 * ```ts
 * import { packCodes } from "@qvgen/qvgen/models";
 *
 * const words = packCodes(Uint8Array.of(1, 2, 3, 15), { inputs: 4, bits: 4 });
 * console.log(words[0]?.toString(16)); // f321
 * ```
 */
export function packCodes(
  codes: Uint8Array,
  layout: RowLayout,
): Uint32Array<ArrayBuffer> {
  const { inputs, bits } = layout;
  const rows = wholeRows(codes.length, inputs, "codes");
  const perRow = wordsPerRow(layout);
  const words = new Uint32Array(rows * perRow);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let c = 0; c < inputs; c++, i++) {
      const code = codes[i]!;
      if (code >>> bits !== 0) {
        throw new RangeError(
          `Cannot pack code ${code} of row ${row}: it needs more than ${bits} bits`,
        );
      }
      const at = row * perRow + (c * bits >>> 5);
      const shift = c * bits & 31;
      words[at]! |= code << shift;
      if (shift + bits > 32) words[at + 1]! |= code >>> 32 - shift;
    }
  }
  return words;
}

/** The codes [rows, inputs] of words that `packCodes` made. */
export function unpackCodes(
  words: Uint32Array,
  layout: RowLayout,
): Uint8Array<ArrayBuffer> {
  const { inputs, bits } = layout;
  const perRow = wordsPerRow(layout);
  const rows = wholeRows(words.length, perRow, "words");
  const mask = 2 ** bits - 1;
  const codes = new Uint8Array(rows * inputs);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let c = 0; c < inputs; c++, i++) {
      const at = row * perRow + (c * bits >>> 5);
      const shift = c * bits & 31;
      const high = shift + bits > 32 ? words[at + 1]! << 32 - shift : 0;
      codes[i] = (words[at]! >>> shift | high) & mask;
    }
  }
  return codes;
}

function wholeRows(length: number, perRow: number, what: string): number {
  const rows = length / perRow;
  if (Number.isInteger(rows)) return rows;
  throw new RangeError(
    `Cannot split ${length} ${what} into rows of ${perRow}`,
  );
}

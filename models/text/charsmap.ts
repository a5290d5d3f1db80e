import { InputError } from "../../core/errors.ts";

/**
 * The normaliser of SentencePiece: a table of replacements (NFKC and more) whose
 * longest match at each place is applied. It is stored as the size of a trie in
 * bytes, the trie (a Darts double array of 32-bit units over UTF-8) and the
 * replacements, each ended by a zero byte.
 *
 * @returns a function that normalises a text.
 * @throws InputError if the sizes contradict each other.
 */
export function charsmap(blob: Uint8Array): (text: string) => string {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const trieBytes = blob.length < 4 ? -1 : view.getUint32(0, true);
  if (trieBytes < 4 || trieBytes % 4 !== 0 || 4 + trieBytes > blob.length) {
    throw new InputError("The charsmap of the tokenizer is malformed");
  }
  const units = Uint32Array.from(
    { length: trieBytes / 4 },
    (_, i) => view.getUint32(4 + 4 * i, true),
  );
  const replacements = blob.subarray(4 + trieBytes);
  return (text) => {
    const input = new TextEncoder().encode(text);
    const output: number[] = [];
    for (let i = 0; i < input.length;) {
      const match = longestMatch(units, input, i);
      if (match === undefined) {
        const end = i + characterBytes(input[i]!);
        while (i < end) output.push(input[i++]!);
      } else {
        for (let at = match.value; replacements[at]; at++) {
          output.push(replacements[at]!);
        }
        i = match.end;
      }
    }
    return new TextDecoder().decode(Uint8Array.from(output));
  };
}

/** Bytes of the UTF-8 character that begins with `lead`. */
function characterBytes(lead: number): number {
  return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/**
 * A Darts unit holds the label of the edge that leads to it (bits 0-7), whether
 * a key ends there (bit 8) and the exclusive-or offset of its children (bits
 * 10-30, in steps of 256 if bit 9 is set); a leaf, bit 31, holds a value.
 */
function longestMatch(
  units: Uint32Array,
  input: Uint8Array,
  start: number,
): { end: number; value: number } | undefined {
  let node = children(units[0]!);
  let match: { end: number; value: number } | undefined;
  for (let i = start; i < input.length; i++) {
    node ^= input[i]!;
    const unit = units[node];
    if (unit === undefined || (unit & 0x800000ff) !== input[i]) break;
    node ^= children(unit);
    if ((unit & 0x100) !== 0) {
      match = { end: i + 1, value: (units[node] ?? 0) & 0x7fffffff };
    }
  }
  return match;
}

function children(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}

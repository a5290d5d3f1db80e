/** The two words of a Philox key. */
export type Key = readonly [number, number];

/** The four words of a Philox counter; the first one counts blocks. */
export type Counter = readonly [number, number, number, number];

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9; // golden ratio
const W1 = 0xbb67ae85; // sqrt(3) - 1
const ROUNDS = 10;

/**
 * Fills `out` with Philox4x32-10 (Salmon et al., SC 2011): block i, four words,
 * is the cipher of `counter` with i added to its first word. Integers only, so
 * every machine and every shader draws the same.
 */
export function philox(
  key: Key,
  counter: Counter,
  out: Uint32Array,
): Uint32Array {
  const [first, c1, c2, c3] = counter;
  for (let start = 0; start < out.length; start += 4) {
    let x0 = (first + start / 4) >>> 0;
    let x1 = c1 >>> 0;
    let x2 = c2 >>> 0;
    let x3 = c3 >>> 0;
    let k0 = key[0] | 0;
    let k1 = key[1] | 0;
    for (let round = 0; round < ROUNDS; round++) {
      const y0 = mulHigh(x2, M1) ^ x1 ^ k0;
      const y2 = mulHigh(x0, M0) ^ x3 ^ k1;
      x1 = Math.imul(x2, M1) >>> 0;
      x3 = Math.imul(x0, M0) >>> 0;
      x0 = y0 >>> 0;
      x2 = y2 >>> 0;
      k0 = (k0 + W0) | 0;
      k1 = (k1 + W1) | 0;
    }
    // Stores past the end of a typed array do nothing.
    out[start] = x0;
    out[start + 1] = x1;
    out[start + 2] = x2;
    out[start + 3] = x3;
  }
  return out;
}

/** Upper 32 bits of a 64-bit product; every partial sum stays below 2^49. */
function mulHigh(a: number, b: number): number {
  const low = Math.floor((a & 0xffff) * b / 65536);
  return Math.floor(((a >>> 16) * b + low) / 65536);
}

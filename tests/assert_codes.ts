import { assert, assertEquals } from "@std/assert";

/** Codes are equal but for at most 1 in 1,000, which are off by one (rounding ties). */
export function assertCodes(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
): void {
  assertEquals(actual.length, expected.length);
  let off = 0;
  for (let i = 0; i < expected.length; i++) {
    const by = Math.abs(actual[i]! - expected[i]!);
    assert(by <= 1, `code [${i}] is ${actual[i]}, expected ${expected[i]}`);
    off += by;
  }
  assert(off <= expected.length / 1000, `${off} codes differ`);
}

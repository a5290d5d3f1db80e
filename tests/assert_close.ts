import { assert, assertEquals } from "@std/assert";

/** How far two lists may differ: absolutely, or relative to max |expected|. */
export interface Tolerance {
  readonly abs?: number;
  readonly relToMax?: number;
}

/** Every element within the tolerance; a NaN never is. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { abs = 0, relToMax = 0 }: Tolerance,
  what = "Values",
): void {
  assertEquals(actual.length, expected.length, `${what}: lengths differ`);
  let max = 0;
  for (let i = 0; i < expected.length; i++) {
    max = Math.max(max, Math.abs(expected[i]!));
  }
  const allowed = Math.max(abs, relToMax * max);
  for (let i = 0; i < expected.length; i++) {
    assert(
      Math.abs(actual[i]! - expected[i]!) <= allowed,
      `${what}: [${i}] is ${actual[i]}, expected ${expected[i]} +- ${allowed}`,
    );
  }
}

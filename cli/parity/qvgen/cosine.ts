import type { Comparison } from "../compare.ts";

/** The cosine of the angle between two lists of numbers, accumulated in f64. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < b.length; i++) {
    ab += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

/** Compares cosines with the least that a case allows. */
export function compareCosines(
  what: string,
  cosines: readonly number[],
  least: number,
): Comparison {
  const off = 1 - Math.min(...cosines);
  return {
    what: `${what} cosine`,
    maxAbs: off,
    maxRel: off,
    limit: `cosine ${least}`,
    used: Number.isNaN(off) ? Infinity : off / (1 - least),
  };
}

/** How one result of a case compares with what was recorded. */
export interface Comparison {
  /** The tensor's name in the case. */
  readonly what: string;
  readonly maxAbs: number;
  /** maxAbs relative to the largest recorded value. */
  readonly maxRel: number;
  /** The tolerance, as the case words it. */
  readonly limit: string;
  /** The share of the tolerance that was used: above 1 is a failure. */
  readonly used: number;
}

/** What two results may differ by: absolutely, or relative to max |want|. */
export interface Limit {
  readonly abs?: number;
  readonly relToMax?: number;
}

const FLOOR = 1e-6; // below, a recorded value may be nothing but rounding noise

/** Compares every element; a NaN, a missing or a further element never fits. */
export function compare(
  what: string,
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  { abs, relToMax }: Limit,
): Comparison {
  let maxAbs = got.length === want.length ? 0 : Infinity;
  let most = 0;
  for (let i = 0; i < want.length; i++) {
    const off = Object.is(got[i], want[i]) ? 0 : Math.abs(got[i]! - want[i]!);
    maxAbs = Math.max(maxAbs, Number.isNaN(off) ? Infinity : off);
    most = Math.max(most, Math.abs(want[i]!));
  }
  const allowed = relToMax === undefined
    ? abs ?? 0
    : Math.max(abs ?? 0, relToMax * most, FLOOR);
  return {
    what,
    maxAbs,
    maxRel: maxAbs === 0 ? 0 : maxAbs / most,
    limit: relToMax === undefined
      ? `abs ${abs ?? 0}`
      : `rel_to_max ${relToMax}`,
    used: maxAbs === 0 ? 0 : maxAbs / allowed,
  };
}

/** Compares what has no distance, such as texts: counts the rows that differ, and allows none. */
export function compareRows(
  what: string,
  got: readonly unknown[],
  want: readonly unknown[],
): Comparison {
  const wrong = want.keys().filter((i) =>
    JSON.stringify(got[i]) !== JSON.stringify(want[i])
  ).toArray();
  return {
    what: wrong.length === 0 ? what : `${what}[${wrong[0]}]`,
    maxAbs: wrong.length,
    maxRel: wrong.length / want.length,
    limit: "equal",
    used: wrong.length === 0 ? 0 : Infinity,
  };
}

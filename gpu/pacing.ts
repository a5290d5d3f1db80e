const FIRST = 32; // dispatches of a part before anything was measured
const LONGEST_MS = 250;
const AIM_MS = 200;

/**
 * Where a plan's dispatches are cut into submissions, so that none of them
 * keeps a slow adapter busy for long: a submission cannot be interrupted, and
 * one behind it makes some drivers hold the whole program up.
 */
export class Pacing {
  #ends: readonly number[];

  /** For so many dispatches, in parts of `first` until they are measured. */
  constructor(readonly count: number, first = FIRST) {
    this.#ends = Array.from(
      { length: Math.ceil(count / first) },
      (_, i) => Math.min(count, (i + 1) * first),
    );
  }

  /** The dispatch before which each part ends, in order. */
  get ends(): readonly number[] {
    return this.#ends;
  }

  /**
   * Cuts anew by the milliseconds that each part took, as if a part's
   * dispatches took the same time each.
   */
  note(ms: readonly number[]): void {
    const ends: number[] = [];
    let from = 0;
    let filled = 0;
    this.#ends.forEach((end, part) => {
      const each = ms[part]! / (end - from);
      for (let i = from; i < end; i++) {
        if (filled > 0 && filled + each > AIM_MS) {
          ends.push(i);
          filled = 0;
        }
        filled += each;
      }
      from = end;
    });
    if (this.count > 0) ends.push(this.count);
    this.#ends = ends;
  }

  /** Whether parts that took so long must be measured again. */
  static isTooLong(ms: readonly number[]): boolean {
    return Math.max(0, ...ms) > 2 * LONGEST_MS;
  }
}

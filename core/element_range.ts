/** A run of elements of a tensor, in row-major order; the whole of it by default. */
export interface ElementRange {
  /** The first element. */
  readonly start: number;
  /** How many there are. */
  readonly count: number;
}

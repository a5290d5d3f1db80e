/** One of the tensors that a foreign tensor becomes. */
export interface Piece {
  /** Its name in diffusers. */
  readonly name: string;
  /** Which of its rows, counted in equal parts; all of them by default. */
  readonly rows?: {
    /** How many parts the rows are split into. */
    readonly of: number;
    /** First and end of each run of parts, in the order they are put together. */
    readonly runs: readonly (readonly [first: number, end: number])[];
  };
}

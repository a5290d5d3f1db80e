/** Rows and columns of a matrix, with what a table calls it. */
export interface Size {
  readonly rows: number;
  readonly columns: number;
  /** rows x columns. */
  readonly n: number;
  readonly label: string;
}

/** The size of a matrix. */
export function size(rows: number, columns: number): Size {
  return { rows, columns, n: rows * columns, label: `${rows} x ${columns}` };
}

/** Tokens and their width: of the tiny model (a batch) and of Wan-1.3B (a part of a clip). */
export const ACTIVATIONS: readonly Size[] = [
  size(2048, 128),
  size(2048, 512),
  size(512, 1536),
  size(512, 8960),
];

/** Outputs and inputs of a layer: of the tiny model and of Wan-1.3B. */
export const WEIGHTS: readonly Size[] = [
  size(512, 128),
  size(128, 512),
  size(1536, 1536),
  size(1536, 8960),
];

/** A grid of video tokens and how its positions are scaled. */
export interface SincosGrid {
  /** Values a token takes: a multiple of 16, as a quarter and eighths are sines and cosines. */
  readonly dim: number;
  readonly frames: number;
  readonly height: number;
  readonly width: number;
  /** Rows and columns are divided by it. */
  readonly spatialScale: number;
  /** Frames are divided by it. */
  readonly temporalScale: number;
}

/**
 * The fixed position table of CogVideoX-2B, [frames, height * width, dim] in
 * f64 rounded to f32: a quarter of the channels for the frame, then three
 * eighths for the column, then three eighths for the row, each as sines and
 * cosines. Throws RangeError if `dim` is no multiple of 16.
 */
export function sincosTable(grid: SincosGrid): Float32Array<ArrayBuffer> {
  const { dim, frames, height, width, spatialScale, temporalScale } = grid;
  if (!(dim > 0 && dim % 16 === 0)) {
    throw new RangeError(
      `Cannot make a sincos table of ${dim} channels: takes multiples of 16`,
    );
  }
  const table = new Float32Array(frames * height * width * dim);
  const spatial = 3 * dim / 8;
  let at = 0;
  for (let t = 0; t < frames; t++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++, at += dim) {
        const row = table.subarray(at, at + dim);
        fill(row.subarray(0, dim / 4), t / temporalScale);
        fill(row.subarray(dim / 4, dim / 4 + spatial), x / spatialScale);
        fill(row.subarray(dim / 4 + spatial), y / spatialScale);
      }
    }
  }
  return table;
}

/** [sin(p o_0), ..., cos(p o_0), ...] with o_i = 10000^(-i / half). */
function fill(out: Float32Array, position: number): void {
  const half = out.length / 2;
  for (let i = 0; i < half; i++) {
    const angle = position * 10000 ** (-i / half);
    out[i] = Math.sin(angle);
    out[half + i] = Math.cos(angle);
  }
}

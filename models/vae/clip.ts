/** Values of a clip on the host, [C, T, H, W]. */
export interface HostClip {
  /** Sizes. */
  readonly shape: HostShape;
  /** Row-major. */
  readonly data: Float32Array<ArrayBuffer>;
}

/** Channels, frames, rows, columns. */
export type HostShape = readonly [C: number, T: number, H: number, W: number];

/** A half-open interval: `start` is in it, `stop` is not. */
export type Span = readonly [start: number, stop: number];

/** A clip of zeros. */
export function emptyClip(shape: HostShape): HostClip {
  return { shape, data: new Float32Array(shape.reduce((a, b) => a * b)) };
}

/** The part of a clip within spans of frames, rows and columns; rows and columns are whole by default. */
export function cutClip(
  { shape: [C, T, H, W], data }: HostClip,
  [t0, t1]: Span,
  [h0, h1]: Span = [0, H],
  [w0, w1]: Span = [0, W],
): HostClip {
  const part = emptyClip([C, t1 - t0, h1 - h0, w1 - w0]);
  let at = 0;
  for (let c = 0; c < C; c++) {
    for (let t = t0; t < t1; t++) {
      for (let h = h0; h < h1; h++) {
        const row = ((c * T + t) * H + h) * W;
        part.data.set(data.subarray(row + w0, row + w1), at);
        at += w1 - w0;
      }
    }
  }
  return part;
}

/** Writes a clip into a larger one, its first value at frame, row and column `at`. */
export function pasteClip(
  { shape: [C, T, H, W], data }: HostClip,
  { shape: [, frames, rows, columns], data: to }: HostClip,
  [t0, h0, w0]: readonly [number, number, number],
): void {
  for (let c = 0; c < C; c++) {
    for (let t = 0; t < T; t++) {
      for (let h = 0; h < H; h++) {
        const from = ((c * T + t) * H + h) * W;
        const row = ((c * frames + t0 + t) * rows + h0 + h) * columns;
        to.set(data.subarray(from, from + W), row + w0);
      }
    }
  }
}

/** Clips one after the other in time. */
export function joinFrames(clips: readonly HostClip[]): HostClip {
  const [first] = clips;
  if (!first) throw new RangeError("Cannot join: no clips were given");
  const [C, , H, W] = first.shape;
  const frames = clips.reduce((n, { shape }) => n + shape[1], 0);
  const all = emptyClip([C, frames, H, W]);
  let at = 0;
  for (const clip of clips) {
    pasteClip(clip, all, [at, 0, 0]);
    at += clip.shape[1];
  }
  return all;
}

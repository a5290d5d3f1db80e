/** Tables of a rotary embedding, [tokens, headDim], each value twice. */
export interface RopeTable {
  readonly cos: Float32Array<ArrayBuffer>;
  readonly sin: Float32Array<ArrayBuffer>;
}

/** Positions along one axis of the grid, and how many channels turn by them. */
export interface RopeAxis {
  readonly positions: readonly number[];
  readonly channels: number;
}

/**
 * The tables for a grid of tokens in row-major order over `axes` (slowest
 * first): channels 2i and 2i + 1 of an axis turn by position theta^(-2i /
 * channels). Angles are taken in f64 and rounded at the end.
 */
export function ropeTable(axes: readonly RopeAxis[], theta = 10000): RopeTable {
  for (const { channels } of axes) {
    if (channels % 2 !== 0) {
      throw new RangeError(
        `Cannot make a rope table: an axis takes an even number of channels, found ${channels}`,
      );
    }
  }
  const tokens = axes.reduce((n, a) => n * a.positions.length, 1);
  const headDim = axes.reduce((n, a) => n + a.channels, 0);
  const cos = new Float32Array(tokens * headDim);
  const sin = new Float32Array(tokens * headDim);
  let column = 0;
  let inner = tokens;
  for (const { positions, channels } of axes) {
    inner /= positions.length;
    for (let i = 0; i < channels; i++, column++) {
      const frequency = theta ** (-2 * Math.floor(i / 2) / channels);
      for (let token = 0; token < tokens; token++) {
        const at = Math.floor(token / inner) % positions.length;
        const angle = positions[at]! * frequency;
        cos[token * headDim + column] = Math.cos(angle);
        sin[token * headDim + column] = Math.sin(angle);
      }
    }
  }
  return { cos, sin };
}

/**
 * The tables of a Wan transformer for a grid of frames x height x width tokens.
 * Height and width take 2 floor(headDim / 6) channels each, time the rest.
 */
export function wanRopeTable(
  headDim: number,
  frames: number,
  height: number,
  width: number,
): RopeTable {
  const channels = 2 * Math.floor(headDim / 6);
  const axis = (n: number, channels: number): RopeAxis => ({
    positions: Array.from({ length: n }, (_, i) => i),
    channels,
  });
  return ropeTable([
    axis(frames, headDim - 2 * channels),
    axis(height, channels),
    axis(width, channels),
  ]);
}

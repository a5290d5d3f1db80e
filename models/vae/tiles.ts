import type { Tiling } from "./autoencoder.ts";
import {
  cutClip,
  emptyClip,
  type HostClip,
  pasteClip,
  type Span,
} from "./clip.ts";

/** Whether frames of so many latents are larger than a tile. */
export function needsTiles(
  { tile }: Tiling,
  size: readonly [rows: number, columns: number],
): boolean {
  return size.some((n, i) => n > tile[i]!);
}

/** The same tiles, or smaller ones of at most `places` latents that share as much, up to half. */
export function fittedTiles(tiling: Tiling, places: number): Tiling {
  const [rows, columns] = tiling.tile;
  const shrink = Math.min(1, Math.sqrt(places / (rows * columns)));
  const tile = (i: 0 | 1) => Math.max(1, Math.floor(tiling.tile[i] * shrink));
  const step = (i: 0 | 1) => {
    const shared = tiling.tile[i] - tiling.step[i];
    return tile(i) - Math.min(shared, Math.floor(tile(i) / 2));
  };
  return { tile: [tile(0), tile(1)], step: [step(0), step(1)] };
}

/**
 * Runs a network tile by tile and blends the results, as diffusers does: each
 * tile fades in over what it shares with the one above, then with the one to
 * the left. Spans are of latents; results have `unit` rows and columns a latent.
 */
export async function tiled(
  { tile, step }: Tiling,
  size: readonly [rows: number, columns: number],
  unit: number,
  run: (rows: Span, columns: Span) => Promise<HostClip>,
): Promise<HostClip> {
  if (step.some((n, i) => !(n >= 1 && n <= tile[i]!))) {
    throw new RangeError(
      `Cannot cut into tiles of ${tile} in steps of ${step}: steps go from 1 to the size of a tile`,
    );
  }
  const [rows, columns] = size;
  const [overRows, overColumns] = tile.map((n, i) => (n - step[i]!) * unit);
  let whole: HostClip | undefined;
  let above: HostClip[] = [];
  for (let i = 0; i < rows; i += step[0]) {
    const row: HostClip[] = [];
    for (let j = 0; j < columns; j += step[1]) {
      const part = await run(
        [i, Math.min(i + tile[0], rows)],
        [j, Math.min(j + tile[1], columns)],
      );
      const up = above[row.length];
      const left = row.at(-1);
      if (up) fade(up, part, overRows!, 2);
      if (left) fade(left, part, overColumns!, 3);
      row.push(part);
      const [C, T] = part.shape;
      whole ??= emptyClip([C, T, rows * unit, columns * unit]);
      const kept = cutClip(
        part,
        [0, T],
        [0, Math.min(step[0] * unit, part.shape[2])],
        [0, Math.min(step[1] * unit, part.shape[3])],
      );
      pasteClip(kept, whole, [0, i * unit, j * unit]);
    }
    above = row;
  }
  if (!whole) throw new RangeError(`Cannot cut [${size}] into tiles`);
  return whole;
}

/** Lets the end of one tile along an axis fade into the beginning of the next. */
function fade(
  before: HostClip,
  next: HostClip,
  most: number,
  axis: 2 | 3,
): void {
  const extent = Math.min(before.shape[axis], next.shape[axis], most);
  const [C, T, H, W] = next.shape;
  const [, , rows, columns] = before.shape;
  const [h1, w1] = axis === 2 ? [extent, W] : [H, extent];
  const [h0, w0] = axis === 2 ? [rows - extent, 0] : [0, columns - extent];
  for (let frame = 0; frame < C * T; frame++) {
    for (let h = 0; h < h1; h++) {
      for (let w = 0; w < w1; w++) {
        const share = (axis === 2 ? h : w) / extent;
        const to = (frame * H + h) * W + w;
        const from = (frame * rows + h0 + h) * columns + w0 + w;
        next.data[to] = before.data[from]! * (1 - share) +
          next.data[to]! * share;
      }
    }
  }
}

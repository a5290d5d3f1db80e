import {
  checkClip,
  type Clip,
  type ClipShape,
  type Picture,
  pictureAt,
} from "./clip.ts";
import { enlarge, shrink, viewingScale } from "./resize.ts";

/** How contactSheet() lays out its pictures. */
export interface SheetOptions {
  /** Frames shown of a clip at most, evenly spread; 16. */
  readonly pictures?: number;
  /** Whole factor for each picture; by default the longer side comes to 128..320 pixels. */
  readonly scale?: number;
  /** White pixels between pictures and around them; 4. */
  readonly gap?: number;
}

/** Frames of one clip in reading order, on a grid near a square. */
export function contactSheet(
  clip: Clip,
  options: SheetOptions & { readonly columns?: number } = {},
): Picture {
  const cells = thumbnails(clip, options);
  const columns = options.columns ?? squarest(cells);
  return grid(cells, Math.min(columns, cells.length), options.gap ?? 4);
}

/** Indices of `count` of `frames` frames, evenly spread, the first and the last among them. */
export function spread(frames: number, count: number): number[] {
  if (count >= frames) return Array.from({ length: frames }, (_, i) => i);
  const step = count === 1 ? 0 : (frames - 1) / (count - 1);
  return Array.from({ length: count }, (_, i) => Math.round(i * step));
}

/** What the sides of a frame are multiplied by in a sheet: a whole number, or one part of a whole number. */
export function pictureScale(clip: ClipShape): number {
  const longest = Math.max(clip.height, clip.width);
  return longest > 320 ? 1 / Math.ceil(longest / 320) : viewingScale(clip, 128);
}

function thumbnails(
  clip: Clip,
  { scale = pictureScale(clip), pictures = 16 }: SheetOptions,
): Picture[] {
  checkClip(clip, clip.data);
  return spread(clip.frames, pictures).map((index) => {
    const picture = pictureAt(clip, index);
    return scale < 1
      ? shrink(picture, Math.round(1 / scale))
      : enlarge(picture, scale);
  });
}

/** The number of columns that leaves few cells blank and the sheet near a square. */
function squarest(cells: readonly Picture[]): number {
  const { height, width } = cells[0]!;
  const count = cells.length;
  let [best, least] = [1, Infinity];
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const blank = rows * columns / count - 1;
    const stretch = Math.abs(Math.log2(columns * width / (rows * height)));
    if (blank + stretch / 2 < least) {
      [best, least] = [columns, blank + stretch / 2];
    }
  }
  return best;
}

/** Pictures of one size, with white between them. */
function grid(
  cells: readonly Picture[],
  columns: number,
  gap: number,
): Picture {
  const first = cells[0]!;
  const rows = Math.ceil(cells.length / columns);
  const width = gap + columns * (first.width + gap);
  const height = gap + rows * (first.height + gap);
  const data = new Uint8Array(3 * width * height).fill(255);
  for (const [i, cell] of cells.entries()) {
    const left = gap + i % columns * (cell.width + gap);
    const top = gap + Math.floor(i / columns) * (cell.height + gap);
    for (let y = 0; y < cell.height; y++) {
      const row = cell.data.subarray(
        3 * y * cell.width,
        3 * (y + 1) * cell.width,
      );
      data.set(row, 3 * ((top + y) * width + left));
    }
  }
  return { height, width, data };
}

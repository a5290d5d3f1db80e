import type { Picture } from "./clip.ts";

/** PNG's filters used here: what is subtracted from a byte. */
const NONE = 0;
const LEFT = 1;
const UP = 2;

/** Filters the rows of a picture, each by the filter that leaves least, and compresses them with zlib. */
export async function deflateRows(
  picture: Picture,
): Promise<Uint8Array<ArrayBuffer>> {
  const stride = 3 * picture.width;
  const rows = new Uint8Array(picture.height * (stride + 1));
  for (let y = 0; y < picture.height; y++) {
    const row = rows.subarray(y * (stride + 1), (y + 1) * (stride + 1));
    const now = picture.data.subarray(y * stride, (y + 1) * stride);
    const before = y === 0
      ? new Uint8Array(stride)
      : picture.data.subarray((y - 1) * stride, y * stride);
    const filter = best(now, before);
    row[0] = filter;
    for (let i = 0; i < stride; i++) {
      row[i + 1] = now[i]! - predicted(filter, now, before, i);
    }
  }
  const zlib = new Blob([rows]).stream()
    .pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(zlib).arrayBuffer());
}

function best(now: Uint8Array, before: Uint8Array): number {
  const costs = [NONE, LEFT, UP].map((filter) => {
    let cost = 0;
    for (let i = 0; i < now.length; i++) {
      const rest = now[i]! - predicted(filter, now, before, i) << 24 >> 24;
      cost += Math.abs(rest);
    }
    return cost;
  });
  return costs.indexOf(Math.min(...costs));
}

function predicted(
  filter: number,
  now: Uint8Array,
  before: Uint8Array,
  i: number,
): number {
  if (filter === UP) return before[i]!;
  if (filter === LEFT) return i < 3 ? 0 : now[i - 3]!;
  return 0;
}

import type { Clip } from "./clip.ts";

/** For tests: a bright square that moves over a soft gradient; `width` and `height` as asked. */
export function movingSquare(
  { frames = 6, height = 24, width = 40, fps = 12 }: Partial<
    Omit<Clip, "data">
  > = {},
): Clip {
  const data = new Uint8Array(3 * frames * height * width);
  for (let i = 0; i < data.length / 3; i++) {
    const x = i % width;
    const y = Math.floor(i / width) % height;
    const left = 3 * Math.floor(i / (width * height));
    const inside = x >= left && x < left + 8 && y >= 6 && y < 14;
    data.set(inside ? [230, 60, 40] : [30 + x, 40 + 2 * y, 90], 3 * i);
  }
  return { frames, height, width, fps, data };
}

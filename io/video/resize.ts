import { type Clip, type Picture, pictureAt } from "./clip.ts";

/** The whole factor that brings the longer side to at least `least` pixels; 1 where it is there already. */
export function viewingScale(
  { height, width }: { readonly height: number; readonly width: number },
  least = 256,
): number {
  return Math.max(1, Math.ceil(least / Math.max(height, width)));
}

/** `factor` times as large, smoothly. */
export function enlarge(picture: Picture, factor: number): Picture {
  return sample(
    picture,
    picture.height * factor,
    picture.width * factor,
    factor,
  );
}

/** Every whole square of `factor` x `factor` becomes its mean; a rest at the right and bottom edge is dropped. */
export function shrink(picture: Picture, factor: number): Picture {
  const height = Math.max(1, Math.floor(picture.height / factor));
  const width = Math.max(1, Math.floor(picture.width / factor));
  const rows = Math.min(factor, picture.height);
  const columns = Math.min(factor, picture.width);
  const data = new Uint8Array(3 * height * width);
  for (let i = 0; i < data.length; i++) {
    const channel = i % 3;
    const x = (i - channel) / 3 % width;
    const y = Math.floor(i / (3 * width));
    let sum = 0;
    for (let dy = 0; dy < rows; dy++) {
      const row = (y * factor + dy) * picture.width + x * factor;
      for (let dx = 0; dx < columns; dx++) {
        sum += picture.data[3 * (row + dx) + channel]!;
      }
    }
    data[i] = Math.round(sum / (rows * columns));
  }
  return { height, width, data };
}

/** Enlarges a whole clip; with `even`, odd sides then grow by a copy of their last pixel, as 4:2:0 video needs. */
export function enlargeClip(clip: Clip, factor: number, even = false): Clip {
  const round = (side: number) => even ? side + side % 2 : side;
  const height = round(clip.height * factor);
  const width = round(clip.width * factor);
  if (height === clip.height && width === clip.width) return clip;
  const data = new Uint8Array(3 * clip.frames * height * width);
  for (let f = 0; f < clip.frames; f++) {
    const picture = sample(pictureAt(clip, f), height, width, factor);
    data.set(picture.data, f * picture.data.length);
  }
  return { ...clip, height, width, data };
}

/** Bilinear: pixels are squares whose colour is that of their middle, and the outermost go on for ever. */
function sample(
  { data: from, ...size }: Picture,
  height: number,
  width: number,
  factor: number,
): Picture {
  const data = new Uint8Array(3 * height * width);
  const rows = places(height, size.height, factor);
  const columns = places(width, size.width, factor);
  let to = 0;
  for (const row of rows) {
    const [above, below] = [row.at * size.width, row.next * size.width];
    for (const { at, next, share } of columns) {
      for (let c = 0; c < 3; c++) {
        const [p, q] = [
          from[3 * (above + at) + c]!,
          from[3 * (below + at) + c]!,
        ];
        const [r, s] = [
          from[3 * (above + next) + c]!,
          from[3 * (below + next) + c]!,
        ];
        const left = p + row.share * (q - p);
        const right = r + row.share * (s - r);
        data[to++] = Math.round(left + share * (right - left));
      }
    }
  }
  return { height, width, data };
}

/** The two pixels between which each enlarged one lies, and how near it is to the second. */
function places(count: number, pixels: number, factor: number) {
  return Array.from({ length: count }, (_, i) => {
    const place = (i + 0.5) / factor - 0.5;
    const inside = Math.min(pixels - 1, Math.max(0, place));
    const at = Math.floor(inside);
    return { at, next: Math.min(pixels - 1, at + 1), share: inside - at };
  });
}

/** A picture with alpha 255, as the GIF and the wasm encoder take it. */
export function rgba(picture: Picture): Uint8Array<ArrayBuffer> {
  const pixels = picture.height * picture.width;
  const out = new Uint8Array(4 * pixels).fill(255);
  for (let i = 0; i < pixels; i++) {
    out[4 * i] = picture.data[3 * i]!;
    out[4 * i + 1] = picture.data[3 * i + 1]!;
    out[4 * i + 2] = picture.data[3 * i + 2]!;
  }
  return out;
}

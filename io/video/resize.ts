import { type Clip, type Picture, pictureAt } from "./clip.ts";

/** The whole factor that brings the longer side to at least `least` pixels; 1 where it is there already. */
export function viewingScale(
  { height, width }: { readonly height: number; readonly width: number },
  least = 256,
): number {
  return Math.max(1, Math.ceil(least / Math.max(height, width)));
}

/** Every pixel becomes a square of `factor` x `factor`. */
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

function sample(
  from: Picture,
  height: number,
  width: number,
  factor: number,
): Picture {
  const data = new Uint8Array(3 * height * width);
  let to = 0;
  for (let y = 0; y < height; y++) {
    const row = Math.min(from.height - 1, Math.floor(y / factor)) * from.width;
    for (let x = 0; x < width; x++) {
      const at = 3 * (row + Math.min(from.width - 1, Math.floor(x / factor)));
      data[to++] = from.data[at]!;
      data[to++] = from.data[at + 1]!;
      data[to++] = from.data[at + 2]!;
    }
  }
  return { height, width, data };
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

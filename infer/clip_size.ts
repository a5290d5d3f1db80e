import type { ClipSize } from "../core/clip_size.ts";
import { InputError } from "../core/errors.ts";
import type { VideoCodec } from "./codec.ts";

/** Beyond the strides of any codec times any patch. */
const FARTHEST = 1024;

/**
 * [C, T, H, W] of the latents of a clip that divide into a transformer's
 * patches. Throws InputError with the nearest size that works for any other.
 */
export function latentShape(
  codec: VideoCodec,
  patch: readonly [number, number, number],
  size: ClipSize,
): [number, number, number, number] {
  const shape = dividing(codec, patch, size);
  if (shape) return shape;
  const { frames, height, width } = nearestSize(codec, patch, size);
  throw new InputError(
    `The model makes no clips of ${size.frames} frames of ${size.width}x${size.height}; the nearest it makes is ${frames} frames of ${width}x${height}`,
  );
}

function dividing(
  codec: VideoCodec,
  patch: readonly [number, number, number],
  size: ClipSize,
): [number, number, number, number] | undefined {
  try {
    const shape = codec.latentShape(size);
    const fits = patch.every((p, i) => shape[i + 1]! % p === 0);
    return fits ? shape : undefined;
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** Each side on its own, starting from a size that works: the model's default. */
function nearestSize(
  codec: VideoCodec,
  patch: readonly [number, number, number],
  size: ClipSize,
): ClipSize {
  const near = (side: keyof ClipSize): number => {
    const works = (n: number) =>
      n > 0 &&
      dividing(codec, patch, { ...codec.defaultSize, [side]: n }) !== undefined;
    for (let off = 0; off < FARTHEST; off++) {
      const found = [size[side] - off, size[side] + off].find(works);
      if (found !== undefined) return found;
    }
    return codec.defaultSize[side];
  };
  return {
    frames: near("frames"),
    height: near("height"),
    width: near("width"),
  };
}

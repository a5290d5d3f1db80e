import type { ClipSize } from "../core/clip_size.ts";
import { InputError } from "../core/errors.ts";
import type { VideoCodec } from "./video_codec.ts";

/** More frames, or pixels to a side, than anything makes or plays. */
const MOST_FRAMES = 100_000;
const LONGEST_SIDE = 16_384;

/** Beyond the strides of any codec times any patch. */
const FARTHEST = 1024;

type Patch = readonly [frames: number, rows: number, columns: number];

/** The latents that are denoised for a clip. */
export interface LatentLayout {
  /** [C, T, H, W], which divides into the transformer's patches. */
  readonly shape: [number, number, number, number];
  /** Frames before the clip's own that fill the first patch up; they are dropped in the end. */
  readonly extra: number;
  /** Frames that the clip will have: of CogVideoX more than asked for, where its latent frames are even. */
  readonly frames: number;
}

/**
 * The latents of a clip. Throws InputError with the nearest size that works
 * for one whose rows and columns do not divide into the transformer's patches,
 * and for one of any other bound.
 */
export function latentLayout(
  codec: VideoCodec,
  patch: Patch,
  size: ClipSize,
): LatentLayout {
  checkBounds(size);
  const layout = dividing(codec, patch, size);
  if (layout) return layout;
  const { frames, height, width } = nearestSize(codec, patch, size);
  throw new InputError(
    `The model makes no clips of ${size.frames} frames of ${size.width}x${size.height}; the nearest it makes is ${frames} frames of ${width}x${height}`,
  );
}

function checkBounds({ frames, height, width }: ClipSize): void {
  const most = Math.max(height, width);
  if (frames <= MOST_FRAMES && most <= LONGEST_SIDE) return;
  throw new InputError(
    `Size: found ${frames} frames of ${width}x${height}, accepted are at most ${MOST_FRAMES} frames of at most ${LONGEST_SIDE} pixels a side`,
  );
}

function dividing(
  codec: VideoCodec,
  [t, h, w]: Patch,
  size: ClipSize,
): LatentLayout | undefined {
  try {
    const [C, T, H, W] = codec.latentShape(size);
    if (H % h !== 0 || W % w !== 0) return undefined;
    const extra = (t - T % t) % t;
    const frames = codec.decodedFrames(T);
    return { shape: [C, T + extra, H, W], extra, frames };
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** Each side on its own, starting from a size that works: the model's default. */
function nearestSize(
  codec: VideoCodec,
  patch: Patch,
  size: ClipSize,
): ClipSize {
  const near = (side: keyof ClipSize): number => {
    const works = (n: number) => {
      const tried = { ...codec.defaultSize, [side]: n };
      const layout = n > 0 ? dividing(codec, patch, tried) : undefined;
      return layout?.frames === tried.frames;
    };
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

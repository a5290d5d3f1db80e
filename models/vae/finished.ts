import { firstBeyond } from "../../core/first_beyond.ts";
import type { HostClip } from "./clip.ts";

/** Pixels are about 1. */
const LARGEST = 1e6;

/**
 * Decoded frames, cut to [-1, 1] in place where the codec does so. Throws if they
 * overflowed, which cutting would hide.
 */
export function finished(clip: HostClip, clamps = false): HostClip {
  const { data } = clip;
  const index = firstBeyond(data, LARGEST);
  if (index >= 0) {
    throw new Error(
      `The codec made a frame with the value ${
        data[index]
      }: its weights are damaged, or it computes beyond f32`,
    );
  }
  if (!clamps) return clip;
  for (let i = 0; i < data.length; i++) {
    data[i] = Math.min(1, Math.max(-1, data[i]!));
  }
  return clip;
}

import type { HostClip } from "../../../models/vae/clip.ts";

/** A clip [3, T, H, W] in [-1, 1] as it was recorded: [T, H, W, 3] in 0 to 1. */
export function framesLast(
  { shape: [channels], data }: HostClip,
): Float32Array {
  const plane = data.length / channels;
  return data.map((_, i) => {
    const value = data[i % channels * plane + Math.floor(i / channels)]!;
    return Math.min(1, Math.max(0, value / 2 + 0.5));
  });
}

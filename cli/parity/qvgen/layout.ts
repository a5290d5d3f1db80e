import type { VideoTransformer } from "../../../models/video_transformer.ts";

/** Recorded latents of one call. */
export interface Latents {
  /** [B, C, T, H, W], of CogVideoX [B, T, C, H, W]. */
  readonly shape: readonly number[];
  readonly values: Float32Array<ArrayBuffer>;
}

function framesFirst({ json }: VideoTransformer): boolean {
  return json["_class_name"] === "CogVideoXTransformer3DModel";
}

/** The shape [B, C, T, H, W] of recorded latents. */
export function latentSizes(
  transformer: VideoTransformer,
  shape: readonly number[],
): readonly number[] {
  const [batch, a, b, h, w] = shape as [number, number, number, number, number];
  return framesFirst(transformer) ? [batch, b, a, h, w] : shape;
}

/** Recorded latents as every transformer takes them, [B, C, T, H, W]. */
export function channelsFirst(
  transformer: VideoTransformer,
  { shape, values }: Latents,
): Float32Array<ArrayBuffer> {
  if (!framesFirst(transformer)) return values;
  const [batch, frames, channels, h, w] = shape as [
    number,
    number,
    number,
    number,
    number,
  ];
  const plane = h * w;
  const turned = new Float32Array(values.length);
  for (let i = 0; i < batch * frames * channels; i++) {
    const c = i % channels;
    const t = Math.floor(i / channels) % frames;
    const b = Math.floor(i / channels / frames);
    const to = ((b * channels + c) * frames + t) * plane;
    turned.set(values.subarray(i * plane, (i + 1) * plane), to);
  }
  return turned;
}

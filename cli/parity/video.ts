import { isObject } from "../../core/json.ts";
import { decodeFrames } from "../../io/video/decode.ts";
import { findProgram } from "../../io/video/ffmpeg.ts";
import { probeVideo, type VideoInfo } from "../../io/video/probe.ts";
import { compare, compareRows } from "./compare.ts";
import type { Runner } from "./runner.ts";
import { NotBuilt } from "./not_built.ts";

const SAMPLED = 8; // of so many pixels, one was recorded

/** Real clips as ffmpeg decodes them: every frame's mean, some frames' pixels. */
export const video: Readonly<Record<string, Runner>> = {
  decode: async (c) => {
    if (!await findProgram("ffprobe") || !await findProgram("ffmpeg")) {
      throw new NotBuilt("ffmpeg is not on PATH or may not be run");
    }
    const info = await probeVideo(c.ref("file"));
    const means: number[] = [];
    const pixels: number[] = [];
    const picked = c.numbers("frames_picked") ?? [];
    for await (const picture of decodeFrames(c.ref("file"), info)) {
      if (picked.includes(means.length / 3)) {
        pixels.push(...sampled(picture, info));
      }
      means.push(...mean(picture));
    }
    const limit = c.limit({ abs: "rgb_abs" });
    const against = (name: string, got: readonly number[]) =>
      compare(name, got, c.tensor(name).values, limit);
    return [
      compareRows("probe", [stated(info)], [recorded(c.config.probe)]),
      against("mean_rgb_per_frame", means),
      against("rgb_every_8th_pixel", pixels),
    ];
  },
};

function stated({ codec, width, height, fps, frames }: VideoInfo): unknown[] {
  return [codec, width, height, `${fps}/1`, frames];
}

function recorded(probe: unknown): unknown[] {
  const { codec, width, height, frame_rate, frames } = isObject(probe)
    ? probe
    : {};
  return [codec, width, height, frame_rate, frames];
}

/** The mean of each channel of a picture [H, W, 3]. */
function mean(picture: Uint8Array): number[] {
  const sums = [0, 0, 0];
  for (const [i, value] of picture.entries()) sums[i % 3]! += value;
  return sums.map((sum) => 3 * sum / picture.length);
}

function sampled(
  picture: Uint8Array,
  { height, width }: VideoInfo,
): number[] {
  const values: number[] = [];
  for (let y = 0; y < height; y += SAMPLED) {
    for (let x = 0; x < width; x += SAMPLED) {
      const at = 3 * (y * width + x);
      values.push(...picture.subarray(at, at + 3));
    }
  }
  return values;
}

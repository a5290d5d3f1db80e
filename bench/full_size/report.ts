import { jsonText } from "../../cli/json_text.ts";
import type { ClipSize } from "../../core/clip_size.ts";
import type { Estimate } from "../../infer/estimate/estimate.ts";

/** What was measured of one model. */
export interface FullSize {
  readonly model: string;
  readonly precision: string;
  readonly adapter: string;
  readonly size: ClipSize;
  /** Predictions a step. */
  readonly calls: number;
  readonly loadSeconds: number;
  /** Pinned once the weights were there. */
  readonly weightBytes: number;
  /** Held during a step. */
  readonly stepBytes: number;
  readonly blockSeconds: number;
  readonly stepSeconds: number;
}

/** Lines for reading, or one of JSON. */
export function report(
  measured: FullSize,
  estimated: Estimate,
  json: boolean,
): string[] {
  const { tokens, flops, parts: { transformer }, peak } = estimated;
  const all = flops.linear + flops.attention + flops.cross;
  const rate = all * measured.calls / measured.stepSeconds;
  if (json) {
    return [jsonText({
      ...measured,
      flopsPerSecond: rate,
      estimate: {
        weightBytes: transformer.gpuBytes,
        stepBytes: peak.denoise,
        flops: all * measured.calls,
        tokens,
      },
    })];
  }
  const { size: { frames, height, width }, calls } = measured;
  const against = (got: number, want: number) =>
    `${got.toLocaleString("en-US")} bytes, estimated ${
      Math.round(want).toLocaleString("en-US")
    } (${(100 * (got / want - 1)).toFixed(1)} %)`;
  return [
    `${measured.model} ${measured.precision}, random weights, ${frames} frames of ${width}x${height}, on ${measured.adapter}`,
    `tokens: ${tokens.video} of video, ${tokens.text} of text, ${calls} calls a step`,
    `weights: ${against(measured.weightBytes, transformer.gpuBytes)}, made in ${
      measured.loadSeconds.toFixed(1)
    } s`,
    `weights and activations of a step: ${
      against(measured.stepBytes, peak.denoise)
    }`,
    `one block: ${measured.blockSeconds.toFixed(2)} s`,
    `one step: ${measured.stepSeconds.toFixed(1)} s, ${
      (all * calls / 1e12).toFixed(2)
    } TFLOP, ${(rate / 1e9).toFixed(0)} GFLOP/s`,
  ];
}

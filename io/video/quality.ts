import type { Clip } from "./clip.ts";

/** Peak signal-to-noise ratio of 8-bit values, in dB; Infinity when equal. */
export function psnr(
  got: ArrayLike<number>,
  want: ArrayLike<number>,
): number {
  if (got.length !== want.length) return NaN;
  let sum = 0;
  for (let i = 0; i < want.length; i++) sum += (got[i]! - want[i]!) ** 2;
  return 10 * Math.log10(255 ** 2 * want.length / sum);
}

const WINDOW = 11;
const SIGMA = 1.5;
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

/**
 * Structural similarity of two clips of one size (Wang et al. 2004), 1 when
 * equal: the mean over frames of that of their luma, in Gaussian windows of 11
 * pixels (fewer where a side has fewer) with a sigma of 1.5 that lie within the
 * frame.
 */
export function ssim(a: Clip, b: Clip): number {
  const { frames, height, width } = a;
  const taps = gaussian(Math.min(WINDOW, height, width));
  const size = height * width;
  let sum = 0;
  for (let f = 0; f < frames; f++) {
    const [x, y] = [lumaAt(a, f), lumaAt(b, f)];
    const blurred = (value: (i: number) => number) =>
      blur(
        Float32Array.from({ length: size }, (_, i) => value(i)),
        width,
        taps,
      );
    const mx = blurred((i) => x[i]!);
    const my = blurred((i) => y[i]!);
    const xx = blurred((i) => x[i]! ** 2);
    const yy = blurred((i) => y[i]! ** 2);
    const xy = blurred((i) => x[i]! * y[i]!);
    let total = 0;
    for (let i = 0; i < mx.length; i++) {
      const [u, v] = [mx[i]!, my[i]!];
      const variances = xx[i]! - u * u + yy[i]! - v * v;
      const covariance = xy[i]! - u * v;
      total += (2 * u * v + C1) * (2 * covariance + C2) /
        ((u * u + v * v + C1) * (variances + C2));
    }
    sum += total / mx.length;
  }
  return sum / frames;
}

/** Weights of a window of `length` pixels, their sum 1. */
function gaussian(length: number): Float64Array {
  const middle = (length - 1) / 2;
  const taps = Float64Array.from(
    { length },
    (_, i) => Math.exp(-((i - middle) ** 2) / (2 * SIGMA ** 2)),
  );
  const sum = taps.reduce((a, b) => a + b);
  return taps.map((tap) => tap / sum);
}

/** Y of BT.601, 0 to 255, of the pixels of a frame. */
function lumaAt({ height, width, data }: Clip, frame: number): Float32Array {
  const size = height * width;
  const luma = new Float32Array(size);
  for (let i = 0, at = 3 * frame * size; i < size; i++, at += 3) {
    luma[i] = 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
  }
  return luma;
}

/** Weighted means over the square windows that lie within a picture. */
function blur(
  x: Float32Array,
  width: number,
  taps: Float64Array,
): Float64Array {
  const height = x.length / width;
  const inner = width - taps.length + 1;
  const rows = new Float64Array(height * inner);
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < inner; c++) {
      let sum = 0;
      for (let k = 0; k < taps.length; k++) {
        sum += taps[k]! * x[r * width + c + k]!;
      }
      rows[r * inner + c] = sum;
    }
  }
  const y = new Float64Array((height - taps.length + 1) * inner);
  for (let i = 0; i < y.length; i++) {
    let sum = 0;
    for (let k = 0; k < taps.length; k++) {
      sum += taps[k]! * rows[i + k * inner]!;
    }
    y[i] = sum;
  }
  return y;
}

import { concat, padConstant, sliceAxis } from "./slices.ts";
import {
  type ConvMap,
  convolved,
  convolvedBack,
  convolvedWeight,
  type Three,
} from "./conv_passes.ts";
import { expand } from "./axes.ts";
import { linear } from "./linear.ts";
import { differentiable, reshape } from "./op.ts";
import { aligned, resized, summed } from "./product.ts";
import { sum } from "./reductions.ts";
import type { Tensor } from "./tensor.ts";

/** Zeros before an axis and after it. */
export type Pad = readonly [before: number, after: number];

/** How `conv3d` walks; each is of time, rows, columns. */
export interface Conv3dOptions {
  /** Steps of the window; default 1. */
  readonly stride?: Three;
  /** Zeros around x; default none. */
  readonly pad?: readonly [Pad, Pad, Pad];
  /** Nearest upsampling of x before the convolution, which never reaches memory; default 1. */
  readonly upsample?: Three;
}

const ONES: Three = [1, 1, 1];
const NONE: Pad = [0, 0];

/**
 * A convolution, channels last: x [B, T, H, W, C], weight [N, kt, kh, kw, C],
 * bias [N] -> [B, T', H', W', N]. No patches are stored.
 *
 * @example Frames of three colours to four channels, half as large
 * ```ts
 * import { pinned } from "@qvgen/qvgen";
 * import { conv3d } from "@qvgen/qvgen/autograd";
 *
 * const weight = pinned([4, 1, 3, 3, 3]);
 * const halved = (x: ReturnType<typeof pinned>) =>
 *   conv3d(x, weight, undefined, {
 *     stride: [1, 2, 2],
 *     pad: [[0, 0], [0, 1], [0, 1]],
 *   });
 * ```
 */
export function conv3d(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  options: Conv3dOptions = {},
): Tensor {
  const { stride = ONES, pad = [NONE, NONE, NONE], upsample = ONES } = options;
  const [N, kt, kh, kw, C] = sizes(weight);
  const from = sizes(x).slice(1);
  const taps: Three = [kt, kh, kw];
  const full = three((i) => from[i]! * upsample[i]!);
  const to = three((i) =>
    Math.floor((full[i] + pad[i]![0] + pad[i]![1] - taps[i]) / stride[i]) + 1
  );
  const ranks = [x, weight].every(({ shape }) => shape.length === 5);
  if (!ranks || x.dim(-1) !== C || Math.min(...to) < 1) {
    throw new RangeError(
      `Cannot convolve: x [${x.shape}] with padding [${pad}] does not fit weight [${weight.shape}]`,
    );
  }
  if (bias && bias.size !== N) {
    throw new RangeError(
      `Cannot convolve: bias [${bias.shape}] does not fit weight [${weight.shape}]`,
    );
  }
  if (`${[taps, stride, upsample, ...pad.flat()]}` === POINTWISE) {
    return linear(x, reshape(weight, [N, C]), bias);
  }
  const [N4, C4] = [aligned(N), aligned(C)];
  const map: ConvMap = {
    stride,
    origin: three((i) => -pad[i]![0]),
    divide: upsample,
    step: 1,
    exact: false,
  };
  const x4 = channels(x, C4);
  const w4 = weights(weight, N4, C4);
  const b4 = bias && resized(reshape(bias, [1, N]), 1, N4);
  const y = channels(convolved(x4, w4, to, map, b4), N);
  const inputs = [x, weight, ...(bias ? [bias] : [])];
  return differentiable(y, inputs, (dy) => {
    const dy4 = channels(dy, N4);
    const dx = pooled(convolvedBack(dy4, w4, full, map), upsample);
    const dw = convolvedWeight(x4, dy4, w4.shape, map);
    const db = bias && summed(reshape(dy4, [dy4.size / N4, N4]), 0);
    return [
      channels(dx, C),
      weights(dw, N, C),
      db && reshape(resized(db, 1, N), bias.shape),
    ];
  });
}

const POINTWISE = `${[ONES, ONES, ONES, NONE, NONE, NONE]}`;

/** The frames before a clip that a convolution causal in time reads. */
export type Past = "zeros" | "first frame" | Tensor;

/** x [B, T, H, W, C] preceded by `frames` frames: zeros, its first frame again, or those given. */
export function withPast(x: Tensor, frames: number, past: Past): Tensor {
  if (frames === 0) return x;
  if (past === "zeros") {
    return padConstant(x, [[0, 0], [frames, 0], [0, 0], [0, 0], [0, 0]]);
  }
  if (past !== "first frame") return concat([past, x], 1);
  const first = sliceAxis(x, 1, 0, 1);
  return concat([expand(first, x.shape.with(1, frames)), x], 1);
}

/** How `causalConv3d` walks. */
export interface CausalConv3dOptions {
  /** Steps in time, rows and columns; default 1. */
  readonly stride?: Three;
  /** Zeros around rows and columns; default none. */
  readonly pad?: readonly [Pad, Pad];
}

/** A convolution whose every frame sees itself and `kt - 1` frames before. */
export function causalConv3d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  past: Past,
  { stride = ONES, pad = [NONE, NONE] }: CausalConv3dOptions = {},
): Tensor {
  const before = weight.dim(1) - 1;
  const zeros = past === "zeros";
  return conv3d(zeros ? x : withPast(x, before, past), weight, bias, {
    stride,
    pad: [[zeros ? before : 0, 0], ...pad],
  });
}

function sizes(x: Tensor): [number, number, number, number, number] {
  return x.shape as [number, number, number, number, number];
}

function three(of: (i: 0 | 1 | 2) => number): Three {
  return [of(0), of(1), of(2)];
}

/** The last axis cut or padded with zeros. */
function channels(x: Tensor, n: number): Tensor {
  if (x.dim(-1) === n) return x;
  const rows = x.size / x.dim(-1);
  const y = resized(reshape(x, [rows, x.dim(-1)]), rows, n);
  return reshape(y, x.shape.with(-1, n));
}

/** A weight with its first and last axis cut or padded. */
function weights(w: Tensor, N: number, C: number): Tensor {
  const wide = channels(w, C);
  const rows = reshape(wide, [w.dim(0), wide.size / w.dim(0)]);
  return reshape(resized(rows, N, rows.dim(1)), wide.shape.with(0, N));
}

/** The sums over what nearest upsampling made of one element. */
function pooled(dx: Tensor, [t, h, w]: Three): Tensor {
  if (t * h * w === 1) return dx;
  const [B, T, H, W, C] = sizes(dx);
  const parts = reshape(dx, [B, T / t, t, H / h, h, W / w, w, C]);
  return sum(parts, [2, 4, 6]);
}

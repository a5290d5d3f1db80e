import { conv3d, type Pad } from "./conv3d.ts";
import { reshape } from "./op.ts";
import type { Tensor } from "./tensor.ts";

/** How `conv2d` walks; each is of rows, columns. */
export interface Conv2dOptions {
  /** Steps of the window; default 1. */
  readonly stride?: readonly [number, number];
  /** Zeros around x; default none. */
  readonly pad?: readonly [Pad, Pad];
}

/** A convolution, channels last: x [B, H, W, C], weight [N, kh, kw, C], bias [N] -> [B, H', W', N]. */
export function conv2d(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  { stride = [1, 1], pad = [[0, 0], [0, 0]] }: Conv2dOptions = {},
): Tensor {
  const framed = (t: Tensor) => reshape(t, t.shape.toSpliced(1, 0, 1));
  const y = conv3d(framed(x), framed(weight), bias, {
    stride: [1, ...stride],
    pad: [[0, 0], ...pad],
  });
  return reshape(y, y.shape.toSpliced(1, 1));
}

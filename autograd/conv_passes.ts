import { emit, traits } from "../gpu/emit.ts";
import { convTile, convWeightTile } from "../kernels/conv.ts";
import { permute } from "./axes.ts";
import { summed } from "./product.ts";
import { type Shape, sizeOf, Tensor } from "./tensor.ts";

// The dispatches behind `conv3d`. Channels are the last axis everywhere, in
// multiples of 4: x [B, T, H, W, C], w [N, kt, kh, kw, C], y [B, T', H', W', N].

/** One number for time, rows and columns. */
export type Three = readonly [number, number, number];

/** Which element of x each tap of an element of y reads. */
export interface ConvMap {
  readonly stride: Three;
  /** What the first tap of element 0 reads. */
  readonly origin: Three;
  /** Coordinates are divided by it. */
  readonly divide: Three;
  /** 1, or -1 where coordinates fall from tap to tap. */
  readonly step: 1 | -1;
  /** Whether coordinates that do not divide read nothing, instead of rounding down. */
  readonly exact: boolean;
}

const GROUPS = 4096; // workgroups that keep every GPU busy
const LONGEST = 16384; // turns of one thread's loop; drivers end longer ones

/** The convolution itself, to frames, rows and columns of `size`. */
export function convolved(
  x: Tensor,
  w: Tensor,
  size: Three,
  map: ConvMap,
  bias?: Tensor,
): Tensor {
  const [T, H, W] = size;
  const [B, N] = [x.dim(0), w.dim(0)];
  const { kernel, constants, rows, columns } = convTile(traits(), N);
  const y = new Tensor([B, T, H, W, N]);
  emit(
    kernel,
    { x, w, bias: bias ?? w, y },
    [Math.ceil(N / columns), Math.ceil(H * W / rows), B * T],
    { constants, params: params(x, w, y, map, { biased: bias ? 1 : 0 }) },
  );
  return y;
}

/** The gradient of x, of which `map` made dy. */
export function convolvedBack(
  dy: Tensor,
  w: Tensor,
  size: Three,
  { stride, origin }: Pick<ConvMap, "stride" | "origin">,
): Tensor {
  return convolved(dy, permute(w, [4, 1, 2, 3, 0]), size, {
    stride: [1, 1, 1],
    origin: [-origin[0], -origin[1], -origin[2]],
    divide: stride,
    step: -1,
    exact: true,
  });
}

/** The gradient of w, of shape `shape`. */
export function convolvedWeight(
  x: Tensor,
  dy: Tensor,
  shape: Shape,
  map: ConvMap,
): Tensor {
  const [N, kt, kh, kw, C] = shape as [number, number, number, number, number];
  const tile = convWeightTile(traits(), Math.max(N, C));
  const { kernel, constants, rows, columns } = tile;
  const lines = dy.size / dy.dim(-1) / dy.dim(-2);
  const groups = Math.ceil(C / columns) * Math.ceil(N / rows) * kt * kh * kw;
  const wanted = traits().software ? 1 : Math.ceil(GROUPS / groups);
  const chunk = Math.max(
    1,
    Math.min(Math.floor(LONGEST / dy.dim(-2)), Math.floor(lines / wanted)),
  );
  const chunks = Math.ceil(lines / chunk);
  const partial = new Tensor([chunks, ...shape]);
  emit(
    kernel,
    { x, dy, dw: partial },
    [Math.ceil(C / columns), Math.ceil(N / rows) * kt * kh * kw, chunks],
    { constants, params: params(x, partial, dy, map, { chunk }) },
  );
  const flat = new Tensor([chunks, sizeOf(shape)], "f32", partial.storage);
  return new Tensor(shape, "f32", summed(flat, 0).storage);
}

function params(
  x: Tensor,
  w: Tensor,
  y: Tensor,
  { stride, origin, divide, step, exact }: ConvMap,
  { biased = 0, chunk = 0 },
) {
  const sizes = (t: Tensor) => [...t.shape.slice(-4, -1), t.dim(-1) / 4];
  return {
    size: sizes(x),
    grid: sizes(y),
    taps: [...w.shape.slice(-4, -1), 0],
    stride: [...stride, 0],
    origin: [...origin, 0],
    divide: [...divide, 0],
    step,
    exact: exact ? 1 : 0,
    biased,
    chunk,
  };
}

import { emit, spread, type Storage, traits } from "../gpu/record.ts";
import { columnSums } from "../kernels/column_sums.ts";
import { tileFor } from "../kernels/matmul_tiles.ts";
import { resize } from "../kernels/resize.ts";
import { transpose } from "../kernels/transpose.ts";
import { type Shape, sizeOf, Tensor } from "./tensor.ts";

// What `linear` and `matmul` are made of: one product, x w^T, over sizes that
// are multiples of 4, and the moves that bring other sizes and orders to it.
// Nothing here is differentiable by itself.

/** The next multiple of 4. */
export function aligned(n: number): number {
  return Math.ceil(n / 4) * 4;
}

/** The last two axes cut or padded with zeros; x itself where nothing changes. */
export function resized(x: Tensor, rows: number, columns: number): Tensor {
  const same = x.dim(-2) === rows && x.dim(-1) === columns;
  return same ? x : copied(x, rows, columns);
}

/** The same values as f32. */
export function widened(x: Tensor): Tensor {
  return x.dtype === "f16" ? copied(x, x.dim(-2), x.dim(-1)) : x;
}

function copied(x: Tensor, rows: number, columns: number): Tensor {
  const y = new Tensor([...x.shape.slice(0, -2), rows, columns]);
  emit(resize, { x, y }, spread(y.size, 256), {
    params: {
      from_rows: x.dim(-2),
      from_columns: x.dim(-1),
      rows,
      columns,
    },
    constants: { HALF: x.dtype === "f16" },
  });
  return y;
}

/** Transposes of transients, which are written once: shared by all that read them. */
const known = new WeakMap<Storage, Tensor>();

/** x [..., R, C] -> [..., C, R padded with zeros to a multiple of 4]; C is a multiple of 4. */
export function transposed(x: Tensor): Tensor {
  const [R, C] = [x.dim(-2), x.dim(-1)];
  const shape = [...x.shape.slice(0, -2), C, aligned(R)];
  const made = known.get(x.storage);
  if (made && !x.storage.pinned && `${made.shape}` === `${shape}`) return made;
  const y = new Tensor(shape);
  const batches = sizeOf(x.shape.slice(0, -2));
  emit(transpose, { x, y }, [Math.ceil(R / 32), Math.ceil(C / 32), batches], {
    params: { rows: R, columns: C },
  });
  if (!x.storage.pinned) known.set(x.storage, y);
  return y;
}

/**
 * y = x w^T (+ bias): x [..., M, K], w [..., N, K], y [..., M, N], K and N
 * multiples of 4 (K of 8 for an f16 w). Axes before the last two broadcast.
 */
export function product(x: Tensor, w: Tensor, bias?: Tensor): Tensor {
  const [M, K, N] = [x.dim(-2), x.dim(-1), w.dim(-2)];
  const half = w.dtype === "f16";
  const { kernel, constants, rows, columns } = tileFor(M, half, traits());
  const outer = broadcast(x.shape.slice(0, -2), w.shape.slice(0, -2));
  const y = new Tensor([...outer, M, N]);
  const sizes = { x: M * K / 4, w: N * K / (half ? 8 : 4), y: M * N / 4 };
  for (const run of runs(outer, x.shape, w.shape)) {
    emit(
      kernel,
      { x, w, bias: bias ?? w, y },
      [Math.ceil(N / columns), Math.ceil(M / rows), run.count],
      {
        constants,
        params: {
          m: M,
          n: N,
          quads: K / 4,
          biased: bias ? 1 : 0,
          x_offset: run.x.at * sizes.x,
          w_offset: run.w.at * sizes.w,
          y_offset: run.y * sizes.y,
          x_batch: run.x.step * sizes.x,
          w_batch: run.w.step * sizes.w,
          y_batch: sizes.y,
        },
      },
    );
  }
  return y;
}

/** x [..., C], C a multiple of 4, summed over its axis `axis`, which stays with length 1. */
export function summed(x: Tensor, axis: number): Tensor {
  const rows = x.dim(axis);
  const outer = sizeOf(x.shape.slice(0, axis));
  const columns = sizeOf(x.shape.slice(axis + 1)) / 4;
  const chunk = 128; // rows one group adds up; more are summed in steps
  const chunks = Math.ceil(rows / chunk);
  const LANES = traits().software ? 8 : 32;
  const y = new Tensor(x.shape.with(axis, chunks));
  emit(columnSums, { x, y }, [Math.ceil(columns / 64), chunks, outer], {
    params: { rows, columns, chunk },
    constants: { LANES },
  });
  return chunks > 1 ? summed(y, axis) : y;
}

/** The common shape of two shapes, aligned at the last axis. */
export function broadcast(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const [m, n] = [a.at(i - rank) ?? 1, b.at(i - rank) ?? 1];
    if (m !== n && m !== 1 && n !== 1) {
      throw new RangeError(`Cannot broadcast [${a}] with [${b}]`);
    }
    return m === 1 ? n : m;
  });
}

/** Matrices `count` in number, at constant steps. */
interface Run {
  readonly count: number;
  readonly x: { readonly at: number; readonly step: number };
  readonly w: { readonly at: number; readonly step: number };
  readonly y: number;
}

/** Splits the batch into runs whose matrices lie at constant steps: mostly one. */
function runs(outer: Shape, x: Shape, w: Shape): Run[] {
  const xs = strides(outer, x.slice(0, -2));
  const ws = strides(outer, w.slice(0, -2));
  let axis = outer.length - 1;
  let count = outer[axis] ?? 1;
  const [xStep, wStep] = [xs[axis] ?? 0, ws[axis] ?? 0];
  while (
    axis > 0 && xs[axis - 1] === count * xStep && ws[axis - 1] === count * wStep
  ) count *= outer[--axis]!;
  const total = sizeOf(outer);
  return Array.from({ length: total / count }, (_, i) => {
    let [left, xAt, wAt] = [i, 0, 0];
    for (let a = axis - 1; a >= 0; a--) {
      xAt += left % outer[a]! * xs[a]!;
      wAt += left % outer[a]! * ws[a]!;
      left = Math.floor(left / outer[a]!);
    }
    return {
      count,
      x: { at: xAt, step: xStep },
      w: { at: wAt, step: wStep },
      y: i * count,
    };
  });
}

/** Steps of each axis of `outer` in a shape that broadcasts to it, in matrices. */
function strides(outer: Shape, shape: Shape): number[] {
  let step = 1;
  return outer.map((_, i) => shape.at(i - outer.length) ?? 1)
    .map((n, i) => i < outer.length - shape.length ? 1 : n)
    .toReversed()
    .map((n) => {
      const s = n === 1 ? 0 : step;
      step *= n;
      return s;
    })
    .toReversed();
}

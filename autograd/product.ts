import { emit, emitBest, spread, traits } from "../gpu/emit.ts";
import type { Storage } from "../gpu/storage.ts";
import { traceFor } from "../gpu/trace.ts";
import { columnSums } from "../kernels/column_sums.ts";
import { ACTIVATIONS } from "../kernels/matmul.ts";
import {
  productKey,
  readsOuter,
  tilesFor,
  turnFirst,
} from "../kernels/matmul_tiles.ts";
import { columnSums as columnWalk } from "../kernels/lib/walks.ts";
import { resize } from "../kernels/resize.ts";
import { transpose } from "../kernels/transpose.ts";
import { runs } from "./batch_runs.ts";
import { broadcastShape } from "./shapes.ts";
import { sizeOf, Tensor } from "./tensor.ts";

// What `linear` and `matmul` are made of: one product over sizes that are
// multiples of 4, and the moves that bring other sizes and orders to it.
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

/** A transpose, how often x was written before, and where it was emitted. */
interface Transposed {
  readonly y: Tensor;
  readonly writes: number;
  readonly place: object;
}

/** The transposes that a trace made, for all that read the same values. */
class Transposes {
  readonly made = new Map<Storage, Transposed>();
}

/** x [..., R, C] -> [..., C, R padded with zeros to a multiple of 4]; C is a multiple of 4. */
export function transposed(x: Tensor): Tensor {
  const [R, C] = [x.dim(-2), x.dim(-1)];
  const shape = [...x.shape.slice(0, -2), C, aligned(R)];
  const trace = traceFor("transpose");
  const { made } = trace.slot(Transposes);
  const writes = trace.usesOf(x.storage).writes;
  const known = made.get(x.storage);
  // Other values were written since, or they are parted otherwise.
  const serves = known?.writes === writes && trace.isOpen(known.place) &&
    `${known.y.shape}` === `${shape}`;
  if (serves) return known.y;
  const y = new Tensor(shape);
  const batches = sizeOf(x.shape.slice(0, -2));
  emit(transpose, { x, y }, [Math.ceil(R / 32), Math.ceil(C / 32), batches], {
    params: { rows: R, columns: C },
  });
  made.set(x.storage, { y, writes, place: trace.place });
  return y;
}

/** Operand layouts and epilogue of a product. */
export interface ProductOptions {
  /** w is [..., K, N], f32, instead of [..., N, K]; its K may be any. */
  readonly turned?: boolean;
  /** x is [..., K, M], M a multiple of 4, and w [..., K, N], f32; their K may be any. */
  readonly outer?: boolean;
  /** Added to the product, [N]. */
  readonly bias?: Tensor | undefined;
  /** Applied to what the bias was added to. */
  readonly activation?: "gelu" | "silu" | undefined;
  /** Multiplied by the result, [B, N]: one row for each of B equal blocks of rows. */
  readonly gate?: Tensor | undefined;
  /** Added to the result, of the size of y. */
  readonly residual?: Tensor | undefined;
  /** How y is stored; f32 unless told. */
  readonly dtype?: "f16" | "f32" | undefined;
  /** Where y goes, of its size; new memory unless told. */
  readonly into?: Tensor | undefined;
}

/**
 * y = residual + gate activation(x w^T + bias): x [..., M, K], w [..., N, K],
 * y [..., M, N], K and N multiples of 4 (K of 8 for an f16 w). Axes before the
 * last two broadcast; bias, gate and residual are for a single matrix.
 */
export function product(
  x: Tensor,
  w: Tensor,
  options: ProductOptions = {},
): Tensor {
  const { turned = false, outer = false } = options;
  const { bias, activation = "none", gate, residual, dtype, into } = options;
  const [m, k] = outer ? [x.dim(-1), x.dim(-2)] : [x.dim(-2), x.dim(-1)];
  const n = w.dim(turned || outer ? -1 : -2);
  const half = w.dtype === "f16";
  const size = { m, n, k, half, turned, outer };
  if (outer && !readsOuter(size, traits())) {
    const straight = { ...options, outer: false, turned: true };
    return product(transposed(x), w, straight);
  }
  if (turned && turnFirst(size, traits())) {
    return product(x, transposed(w), { ...options, turned: false });
  }
  const [xOuter, wOuter] = [x.shape.slice(0, -2), w.shape.slice(0, -2)];
  const batch = broadcastShape("matmul", xOuter, wOuter);
  const y = new Tensor([...batch, m, n], dtype, into?.storage);
  const sizes = {
    x: m * k / 4,
    w: w.dim(-2) * w.dim(-1) / (half ? 8 : 4),
    y: m * n / 4,
  };
  const tensors = {
    x,
    w,
    bias: bias ?? w,
    gate: gate ?? w,
    residual: residual ?? w,
    y,
  };
  const ends = {
    ACTIVATION: ACTIVATIONS[activation],
    GATED: gate !== undefined,
    RESIDUAL: residual !== undefined,
  };
  const stored = y.dtype === "f16" ? "half" : "plain";
  for (const run of runs(batch, x.shape, w.shape)) {
    const forms = tilesFor(size, traits()).map((tile) => ({
      name: tile.name,
      kernel: tile.kernel[stored],
      constants: { ...tile.constants, ...ends },
      groups: [
        Math.ceil(m / tile.rows),
        Math.ceil(n / tile.columns),
        run.count,
      ],
    }));
    const params = {
      m,
      n,
      quads: outer ? 0 : k / 4,
      depth: w.dim(-2),
      biased: bias ? 1 : 0,
      span: gate ? m * n / gate.size : m,
      x_offset: run.x.at * sizes.x,
      w_offset: run.w.at * sizes.w,
      y_offset: run.y * sizes.y,
      x_batch: run.x.step * sizes.x,
      w_batch: run.w.step * sizes.w,
      y_batch: sizes.y,
    };
    const flops = 2 * m * n * k * run.count;
    emitBest(productKey(size, stored, ends), forms, tensors, { params, flops });
  }
  return y;
}

const MANY_ROWS = 2 ** 14; // fewer are summed as they stand

/** x [..., C], C a multiple of 4, summed over its axis `axis`, which stays with length 1. */
export function summed(x: Tensor, axis: number): Tensor {
  const rows = x.dim(axis);
  const outer = sizeOf(x.shape.slice(0, axis));
  const columns = sizeOf(x.shape.slice(axis + 1)) / 4;
  const side = Math.floor(64 / columns);
  if (side > 1 && rows >= MANY_ROWS && rows % side === 0) {
    // Rows side by side fill the columns that a group reads at once.
    const wide = [outer, rows / side, side * columns * 4];
    const some = summed(new Tensor(wide, "f32", x.storage), 1).storage;
    const each = [outer, side, columns * 4];
    const y = summed(new Tensor(each, "f32", some), 1).storage;
    return new Tensor(x.shape.with(axis, 1), "f32", y);
  }
  const { chunk, constants } = columnWalk();
  const chunks = Math.ceil(rows / chunk);
  const y = new Tensor(x.shape.with(axis, chunks));
  emit(columnSums, { x, y }, [Math.ceil(columns / 64), chunks, outer], {
    params: { rows, columns, chunk },
    constants,
  });
  return chunks > 1 ? summed(y, axis) : y;
}

import { Tensor } from "../tensor.ts";
import type { Bound } from "../../gpu/dispatch.ts";
import type { Params } from "../../gpu/kernel.ts";
import { emit, spread } from "../../gpu/emit.ts";
import { rowsEach } from "../../kernels/lib/walks.ts";
import {
  jacobiLoad,
  jacobiMeasure,
  jacobiPeak,
  jacobiWrite,
} from "../../kernels/jacobi_svd.ts";
import { rowForm, type RowKernel } from "../../kernels/lib/rows.ts";
import {
  bodyOf,
  emitSweep,
  rowOf,
  SWEEPS,
  type Vectors,
} from "./jacobi_sweep.ts";

/** Number i of vector j of matrix b is at b matrix + j vector + i step. */
export interface Strides {
  readonly matrix: number;
  readonly vector: number;
  readonly step: number;
}

/** Vectors that are the rows of [count, length] matrices. */
export function inRows(count: number, length: number): Strides {
  return { matrix: count * length, vector: length, step: 1 };
}

/** Vectors that are the columns of [length, count] matrices. */
export function inColumns(length: number, count: number): Strides {
  return { matrix: count * length, vector: 1, step: count };
}

/** Vectors made orthogonal: X = J^T diag(s) Y; `writeFactors` brings them out. */
export interface Orthogonal extends Vectors {
  readonly rows: Tensor;
  readonly units: Tensor;
  readonly norms: Tensor;
}

/** Receives vectors, multiplied by s to the power of `halves` / 2. */
export interface Factor extends Strides {
  readonly to: Bound;
  readonly halves?: -1 | 0 | 1 | 2;
}

/** While recording, emits the one-sided Jacobi method over vectors of `x`. */
export function orthogonalize(
  x: Bound,
  vectors: Vectors,
  strides: Strides,
): Orthogonal {
  const { batch, count } = vectors;
  const rows = new Tensor([batch, count, rowOf(vectors)]);
  const units = new Tensor([batch]);
  const pending = new Tensor([batch, SWEEPS + 1], "u32");
  const peaks = new Tensor([batch, count]);
  const { matrix, vector, step } = strides;
  const params = { sweeps: SWEEPS, matrix, vector, step };
  emitRowwise(jacobiPeak, { x, found: peaks }, vectors, params);
  emitRowwise(jacobiLoad, { x, peaks, rows, units, pending }, vectors, params);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    emitSweep({ rows, pending }, vectors, sweep);
  }
  const norms = new Tensor([batch, count]);
  emitRowwise(jacobiMeasure, { rows, found: norms }, vectors, {
    keep: count,
    flip_by: 0,
    vectors: [0, 0, 0, 0],
    rotations: [0, 0, 0, 0],
  });
  return { ...vectors, rows, units, norms };
}

/**
 * While recording, writes the `keep` largest values s [batch, keep] and their
 * factors, in descending order: `vectors` Y, of the length of those of X, and
 * `rotations` J, one number for each vector of X. The largest number of each
 * is made positive, of the one or of the other as `flipBy` says. Vectors that
 * belong to s = 0 are zero.
 */
export function writeFactors(
  { rows, units, norms, ...sizes }: Orthogonal,
  { keep = sizes.count, vectors, rotations, flipBy }: {
    readonly keep?: number;
    readonly vectors?: Factor;
    readonly rotations?: Factor;
    readonly flipBy: "vectors" | "rotations";
  },
): Tensor {
  const s = new Tensor([sizes.batch, keep]);
  const long = vectors ?? unread(sizes.batch, keep, sizes.length);
  const short = rotations ?? unread(sizes.batch, keep, sizes.count);
  const to = { vectors: long.to, rotations: short.to };
  emitRowwise(jacobiWrite, { rows, units, norms, s, ...to }, sizes, {
    keep,
    flip_by: flipBy === "rotations" ? 1 : 0,
    vectors: [long.matrix, long.vector, long.step, long.halves ?? 0],
    rotations: [short.matrix, short.vector, short.step, short.halves ?? 0],
  });
  return s;
}

/** A factor that the kernel writes and nothing reads. */
function unread(batch: number, keep: number, length: number): Factor {
  return { to: new Tensor([batch, keep, length]), ...inRows(keep, length) };
}

/** Emits a kernel that takes the rows of all matrices one by one. */
function emitRowwise<N extends string>(
  k: RowKernel<N>,
  tensors: Readonly<Record<N, Bound>>,
  vectors: Vectors,
  params: Params,
): void {
  const { batch, count, length } = vectors;
  const { kernel, constants } = rowForm(k, 1);
  const walk = length <= 4096 ? rowsEach() : 1;
  const rows = batch * count;
  const columns = rowOf(vectors);
  const body = bodyOf(vectors);
  emit(kernel, tensors, spread(rows, walk), {
    constants,
    params: { rows, columns, walk, count, length, body, ...params },
  });
}

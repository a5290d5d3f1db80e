import { Tensor } from "../autograd/tensor.ts";
import type { Params } from "../gpu/kernel.ts";
import { emit, spread, type Storage, traits } from "../gpu/record.ts";
import {
  jacobiLoad,
  jacobiMeasure,
  jacobiPeak,
  jacobiSweep,
  jacobiWrite,
} from "../kernels/jacobi_svd.ts";
import { rowForm, type RowKernel } from "../kernels/lib/rows.ts";

type Stored = { readonly storage: Storage };

/** Number i of vector j of matrix b is at b matrix + j vector + i step. */
export interface Strides {
  readonly matrix: number;
  readonly vector: number;
  readonly step: number;
}

/** How many vectors of what length each matrix has. */
export interface Vectors {
  readonly batch: number;
  readonly count: number;
  readonly length: number;
  /** Whether J is wanted: it is half of the work for square matrices. */
  readonly rotations: boolean;
}

/** Vectors made orthogonal: X = J^T diag(s) Y; `writeFactors` brings them out. */
export interface Orthogonal extends Vectors {
  readonly rows: Tensor;
  readonly units: Tensor;
  readonly norms: Tensor;
}

/** Where vectors go, multiplied by s to the power of `halves` / 2. */
export interface Factor extends Strides {
  readonly to: Stored;
  readonly halves?: -1 | 0 | 1 | 2;
}

// Convergence is quadratic: f32 needs 6 to 12 sweeps. A sweep over a matrix
// that needs no more ends at once.
const SWEEPS = 16;

// Software drivers may end a thread after 65535 turns of its loops.
const TURNS = 60_000;

/** While recording, emits the one-sided Jacobi method over vectors of `x`. */
export function orthogonalize(
  x: Stored,
  vectors: Vectors,
  strides: Strides,
): Orthogonal {
  const { batch, count } = vectors;
  const rows = new Tensor([batch, count, rowOf(vectors)]);
  const units = new Tensor([batch]);
  const pending = new Tensor([batch, SWEEPS + 1], "u32");
  const peaks = new Tensor([batch, count]);
  const params = {
    sweeps: SWEEPS,
    matrix: strides.matrix,
    vector: strides.vector,
    step: strides.step,
  };
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

/** A sweep, in as many dispatches as the bound on loops asks for. */
function emitSweep(
  tensors: { readonly rows: Tensor; readonly pending: Tensor },
  vectors: Vectors,
  sweep: number,
): void {
  const { batch, count, length } = vectors;
  const row = rowOf(vectors);
  const { kernel, constants, lanes } = rowForm(jacobiSweep, row);
  const { software, subgroupSize } = traits();
  const TEAMS = software || subgroupSize === 0 ? 1 : 256 / subgroupSize;
  const seats = count + count % 2;
  const turns = Math.ceil((padded(length) + row) / 4 / lanes) + 3;
  const most = Math.max(1, Math.floor(TURNS / turns)) * TEAMS; // pairs a workgroup
  const share = Math.min(seats / 2, most);
  const shares = Math.ceil(seats / 2 / share);
  const rounds = shares > 1 ? 1 : Math.floor(most / share);
  for (let from = 0; from < seats - 1; from += rounds) {
    emit(kernel, tensors, [shares, batch], {
      constants: { ...constants, TEAMS },
      params: {
        count,
        body: padded(length) / 4,
        row: row / 4,
        tolerance: 2 ** -23 * Math.sqrt(length),
        from_round: from,
        to_round: Math.min(from + rounds, seats - 1),
        share,
        sweep,
        sweeps: SWEEPS,
      },
    });
  }
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

/** A place for factors that nobody asked for. */
function unread(batch: number, keep: number, length: number): Factor {
  const to = new Tensor([batch, keep, length]);
  return { to, matrix: keep * length, vector: length, step: 1 };
}

/** Emits a kernel that takes the rows of all matrices one by one. */
function emitRowwise<N extends string>(
  k: RowKernel<N>,
  tensors: Readonly<Record<N, Stored>>,
  vectors: Vectors,
  params: Params,
): void {
  const { batch, count, length } = vectors;
  const { kernel, constants } = rowForm(k, 1);
  const walk = traits().software && length <= 4096 ? 8 : 1;
  const rows = batch * count;
  const body = padded(length);
  const columns = rowOf(vectors);
  emit(kernel, tensors, spread(rows, walk), {
    constants,
    params: { rows, columns, walk, count, length, body, ...params },
  });
}

/** Numbers of a row: a vector, then its row of the rotation. */
function rowOf({ count, length, rotations }: Vectors): number {
  return padded(length) + (rotations ? padded(count) : 0);
}

function padded(n: number): number {
  return Math.ceil(n / 4) * 4;
}

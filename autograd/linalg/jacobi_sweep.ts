import { aligned } from "../product.ts";
import type { Tensor } from "../tensor.ts";
import { emit, traits } from "../../gpu/emit.ts";
import { jacobiResident, jacobiSweep } from "../../kernels/jacobi_svd.ts";
import { rowForm } from "../../kernels/lib/rows.ts";

/** How many vectors of what length each matrix has. */
export interface Vectors {
  readonly batch: number;
  readonly count: number;
  readonly length: number;
  /** Whether J is wanted: it is half of the work for square matrices. */
  readonly rotations: boolean;
}

/** The most sweeps: convergence is quadratic, f32 needs 6 to 12; more end at once. */
export const SWEEPS = 16;

// Software drivers may end a thread after 65535 turns of its loops.
const TURNS = 60_000;

const MOST_PARTS = 32; // vec4s of a row in the registers of a lane

/** While recording, emits one sweep. */
export function emitSweep(state: State, vectors: Vectors, sweep: number): void {
  if (partsOf(vectors).row) emitResident(state, vectors, sweep);
  else emitRounds(state, vectors, sweep);
}

/** What sweeps work on; a sweep is pending where one before turned something. */
export type State = { readonly rows: Tensor; readonly pending: Tensor };

/** Sweeps over short rows, in as many dispatches as the bound on loops requires. */
function emitResident(
  tensors: State,
  vectors: Vectors,
  sweep: number,
): void {
  const { batch, count, length } = vectors;
  const { kernel, constants } = rowForm(jacobiResident, rowOf(vectors));
  const { row: PARTS, body: BODY } = partsOf(vectors);
  for (let start = 0, end = start; start < count; start = end) {
    for (let turns = 0; end < count && turns < TURNS; end++) {
      turns += count - end;
    }
    emit(kernel, tensors, batch, {
      constants: { ...constants, PARTS, BODY },
      params: {
        count,
        tolerance: toleranceOf(length),
        start,
        end,
        sweep,
        sweeps: SWEEPS,
      },
    });
  }
}

/** Over long rows. */
function emitRounds(
  tensors: State,
  vectors: Vectors,
  sweep: number,
): void {
  const { batch, count, length } = vectors;
  const row = rowOf(vectors);
  const { kernel, constants, lanes } = rowForm(jacobiSweep, row);
  const { software, subgroupSize } = traits();
  const TEAMS = software || subgroupSize === 0 ? 1 : 256 / subgroupSize;
  const seats = count + count % 2;
  const turns = Math.ceil((aligned(length) + row) / 4 / lanes) + 3;
  const most = Math.max(1, Math.floor(TURNS / turns)) * TEAMS; // pairs a workgroup
  const share = Math.min(seats / 2, most);
  const shares = Math.ceil(seats / 2 / share);
  const rounds = shares > 1 ? 1 : Math.floor(most / share);
  for (let from = 0; from < seats - 1; from += rounds) {
    emit(kernel, tensors, [shares, batch], {
      constants: { ...constants, TEAMS },
      params: {
        count,
        body: aligned(length) / 4,
        row: row / 4,
        tolerance: toleranceOf(length),
        from_round: from,
        to_round: Math.min(from + rounds, seats - 1),
        share,
        sweep,
        sweeps: SWEEPS,
      },
    });
  }
}

/** Numbers of a row: a vector, then its row of the rotation. */
export function rowOf(vectors: Vectors): number {
  const { count, rotations } = vectors;
  const { row } = partsOf(vectors);
  if (row) return row * 4 * rowForm(jacobiResident, 4).lanes;
  return bodyOf(vectors) + (rotations ? aligned(count) : 0);
}

/** Numbers of a row before the rotation. */
export function bodyOf(vectors: Vectors): number {
  const { body } = partsOf(vectors);
  return body
    ? body * 4 * rowForm(jacobiResident, 4).lanes
    : aligned(vectors.length);
}

/** How many vec4s of a row, and of the vector in it, a lane holds; 0: they are too many. */
function partsOf(
  { length, count, rotations }: Vectors,
): { readonly row: number; readonly body: number } {
  const none = { row: 0, body: 0 };
  // Rotations are short, so that there is little to share among lanes: GPUs
  // turn several pairs at a time instead.
  if (rotations && !traits().software) return none;
  const { lanes } = rowForm(jacobiResident, 4);
  const parts = (n: number) =>
    2 ** Math.ceil(Math.log2(Math.max(1, n / 4 / lanes)));
  const body = parts(length);
  const row = body + (rotations ? parts(count) : 0);
  return row > MOST_PARTS ? none : { row, body };
}

/** The cosine below which vectors count as orthogonal. */
function toleranceOf(length: number): number {
  return 2 ** -23 * Math.sqrt(length);
}

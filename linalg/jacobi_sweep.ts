import type { Tensor } from "../autograd/tensor.ts";
import { emit, traits } from "../gpu/record.ts";
import { jacobiResident, jacobiSweep } from "../kernels/jacobi_svd.ts";
import { rowForm } from "../kernels/lib/rows.ts";

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

const MOST_PARTS = 32; // vec4s of a vector in the registers of a lane

/** While recording, emits one sweep. */
export function emitSweep(state: State, vectors: Vectors, sweep: number): void {
  if (partsOf(vectors)) emitResident(state, vectors, sweep);
  else emitRounds(state, vectors, sweep);
}

/** What sweeps work on; a sweep is pending where one before turned something. */
export type State = { readonly rows: Tensor; readonly pending: Tensor };

/** Over short vectors, in as many dispatches as the bound on loops asks for. */
function emitResident(
  tensors: State,
  vectors: Vectors,
  sweep: number,
): void {
  const { batch, count, length } = vectors;
  const { kernel, constants } = rowForm(jacobiResident, rowOf(vectors));
  for (let start = 0, end = start; start < count; start = end) {
    for (let turns = 0; end < count && turns < TURNS; end++) {
      turns += count - end;
    }
    emit(kernel, tensors, batch, {
      constants: { ...constants, PARTS: partsOf(vectors) },
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

/** Over long vectors, or with their rotation. */
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
  const { count, length, rotations } = vectors;
  const parts = partsOf(vectors);
  if (parts) return parts * 4 * rowForm(jacobiResident, 4).lanes;
  return padded(length) + (rotations ? padded(count) : 0);
}

/** How many vec4s of a vector a lane can hold; 0: they are too many. */
function partsOf({ length, rotations }: Vectors): number {
  const { lanes } = rowForm(jacobiResident, 4);
  const parts = 2 ** Math.ceil(Math.log2(Math.max(1, length / 4 / lanes)));
  return rotations || parts > MOST_PARTS ? 0 : parts;
}

/** The cosine below which vectors count as orthogonal. */
function toleranceOf(length: number): number {
  return 2 ** -23 * Math.sqrt(length);
}

export function padded(n: number): number {
  return Math.ceil(n / 4) * 4;
}

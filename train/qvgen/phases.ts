import type { Gpu } from "../../gpu/device.ts";
import { record } from "../../gpu/record.ts";
import { recomposeAll } from "../../autograd/linalg/recompose.ts";
import {
  type RankDecay,
  rankDecayAt,
  type RankDecayState,
} from "./rank_decay.ts";
import type { Student } from "./student.ts";

/** What rank decay touches of a student. */
type Decaying = Pick<Student, "context" | "linears">;

/**
 * Brings Phi to its state at a step, which is returned, before the step's
 * forward is recorded or run: at the start of a phase what is left of each
 * layer is decomposed anew, and gamma is set.
 */
export async function enterStep(
  gpu: Gpu,
  student: Decaying,
  decay: RankDecay,
  step: number,
): Promise<RankDecayState> {
  const state = rankDecayAt(step, decay);
  await recomposeDue(gpu, student, decay, step);
  const gammaOf = (size: number) => rankDecayAt(step, decay, size).gamma;
  student.context.setPhi(gpu, state.hasPhi ? gammaOf : undefined);
  return state;
}

/**
 * L R <- balanced factors of L[:, :rank] R[:rank] (Eq. 15) where a phase
 * starts, in the master copy that the optimiser updates.
 */
async function recomposeDue(
  gpu: Gpu,
  { linears }: Decaying,
  decay: RankDecay,
  step: number,
): Promise<void> {
  const due = [...linears.values()].flatMap(({ rank: size, wquantizer }) => {
    const { L, R } = wquantizer;
    const { rank, startsPhase } = rankDecayAt(step, decay, size);
    return L && R && startsPhase && rank > 0 ? [{ L, R, rank }] : [];
  });
  if (due.length === 0) return;
  using plan = await record(gpu, () => recomposeAll(due));
  await plan.runInParts();
}

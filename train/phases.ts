import type { Gpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { recompose } from "../linalg/low_rank.ts";
import { type RankDecay, rankDecayAt } from "./rank_decay.ts";
import type { Student } from "./student.ts";

/**
 * Before the first step of a phase: decomposes what is left of each layer's Phi
 * anew, L R <- balanced factors of L[:, :rank] R[:rank] (Eq. 15), in the master
 * copy that the optimiser updates. Does nothing at other steps.
 */
export async function startPhase(
  gpu: Gpu,
  { linears }: Pick<Student, "linears">,
  decay: RankDecay,
  step: number,
): Promise<void> {
  const due = [...linears.values()].flatMap(({ rank: size, wquantizer }) => {
    const { L, R } = wquantizer;
    const { rank, startsPhase } = rankDecayAt(step, decay, size);
    return L && R && startsPhase && rank > 0 ? [{ L, R, rank }] : [];
  });
  if (due.length === 0) return;
  using plan = await record(gpu, () => {
    for (const { L, R, rank } of due) recompose(L, R, rank);
  });
  plan.run();
}

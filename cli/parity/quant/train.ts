import { weightCodes } from "../../../autograd/fake_quant_weight.ts";
import { readAll, type Tensor } from "../../../autograd/tensor.ts";
import type { Gpu } from "../../../gpu/device.ts";
import { record } from "../../../gpu/record.ts";
import { AdamW } from "../../../train/optim/optimizer.ts";
import { Trainer } from "../../../train/optim/trainer.ts";
import type { Case } from "../case.ts";
import { compare, type Comparison } from "../compare.ts";
import type { Runner } from "../runner.ts";
import {
  comparedSchedule,
  type RecordedRun,
  recordedRun,
} from "../train/settings.ts";
import { compared } from "./computed.ts";
import { LayerObjective } from "./layer_objective.ts";

/**
 * QVGen steps of one layer, through every phase until Phi is gone. Singular
 * vectors are free in their signs, but not the moments of AdamW, which a
 * decomposition leaves as they are: one choice of signs is that of the record.
 */
export const trainLayer: Runner = async (c, gpu) => {
  const run = recordedRun(c);
  const vectors = run.decay.rank - 1; // r / 2 + ... + 2 + 1
  let best: Comparison[] = [];
  for (let choice = 0; choice < 2 ** vectors; choice++) {
    const flips = Array.from({ length: vectors }, (_, i) => choice >> i & 1);
    const results = await follow(c, gpu, run, flips.map(Boolean));
    if (choice === 0 || most(results) < most(best)) best = results;
    if (most(best) <= 1) break;
  }
  return best;
};

/** The share of its tolerance that the worst result used. */
function most(results: readonly Comparison[]): number {
  return Math.max(...results.map(({ used }) => used));
}

/** The whole run, with some of the new singular vectors turned round. */
async function follow(
  c: Case,
  gpu: Gpu,
  run: RecordedRun,
  flips: readonly boolean[],
): Promise<Comparison[]> {
  const tight = c.tolerance("after1_rel_to_max");
  const loose = c.tolerance("final_w_rel_to_max");
  using objective = new LayerObjective(gpu, c, run, flips);
  const { arena } = objective;
  using optimizer = new AdamW(gpu, arena, run.adamw);
  using trainer = new Trainer(gpu, objective, optimizer, run);
  const results: Comparison[] = [];
  const check = (what: string, step: number, got: ArrayLike<number>) => {
    const { values } = c.tensor(what);
    const size = values.length / run.steps;
    const want = values.subarray(step * size, (step + 1) * size);
    const relToMax = got.length === 1 ? c.tolerance("losses_rel") : loose;
    results.push(compare(`${what}[${step}]`, got, want, { relToMax }));
  };
  for (let step = 0; step < run.steps; step++) {
    await trainer.step(step);
    for (const { loss, norm } of await trainer.read()) {
      check("losses", step, [loss]);
      check("grad_norms", step, [norm]);
    }
    const { phi } = objective;
    if (phi) check("gammaLR_used_in_step", step, await phi.read(gpu));
    results.push(...comparedSchedule(run, step));
    if (most(results) > 1) return results;
    if (step > 0) continue;
    for (
      const [when, memory] of [["grad0", "gradients"], [
        "after1",
        "values",
      ]] as const
    ) {
      const tensors = arena.layout.places.map(({ name, parameter }) =>
        [`${when}.${name}`, arena[memory].of(parameter)] as const
      );
      results.push(...await comparedTensors(c, gpu, tensors, tight));
    }
  }
  results.push(...await comparedLayer(c, gpu, objective, loose));
  return results;
}

/** The trained layer without Phi: its parameters, codes and output. */
async function comparedLayer(
  c: Case,
  gpu: Gpu,
  objective: LayerObjective,
  relToMax: number,
): Promise<Comparison[]> {
  const { layer, arena } = objective;
  const { w, wquantizer: { scale, zero_point: zero, L, R } } = layer;
  objective.write(c.tensor("test.x").values, c.number("test_idx"));
  using plan = await record(gpu, () => ({
    y: objective.forward().keep(),
    codes: weightCodes(w, { scale, zero, bits: layer.bits.weights }).keep(),
  }));
  plan.run();
  const { y, codes } = plan.result;
  const lasting = arena.layout.places.filter(({ parameter }) =>
    parameter !== L && parameter !== R
  );
  const tensors: [string, Tensor][] = lasting.map((
    { name, parameter },
  ) => [`final.${name}`, parameter]);
  const results = [
    ...await comparedTensors(c, gpu, [...tensors, ["test.y", y]], relToMax),
    ...compared(c, new Map([["final.codes", await codes.read(gpu)]])),
  ];
  for (const tensor of [y, codes]) tensor.dispose();
  return results;
}

async function comparedTensors(
  c: Case,
  gpu: Gpu,
  tensors: readonly (readonly [what: string, tensor: Tensor])[],
  relToMax: number,
): Promise<Comparison[]> {
  const values = await readAll(gpu, tensors.map(([, tensor]) => tensor));
  return tensors.map(([what], i) =>
    compare(what, values[i]!, c.tensor(what).values, { relToMax })
  );
}

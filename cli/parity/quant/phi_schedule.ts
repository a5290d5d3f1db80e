import { fakeQuantWeight } from "../../../autograd/fake_quant_weight.ts";
import { matmul } from "../../../autograd/matmul.ts";
import { mul } from "../../../autograd/binary.ts";
import { fromArray, readAll } from "../../../autograd/tensor.ts";
import { InputError } from "../../../core/errors.ts";
import { record } from "../../../gpu/record.ts";
import { recompose } from "../../../autograd/linalg/recompose.ts";
import { rankDecayAt } from "../../../train/qvgen/rank_decay.ts";
import { compare, type Comparison } from "../compare.ts";
import type { Runner } from "../runner.ts";

/** Rank decay without training: gamma, Phi and the whole weight at every step. */
export const phiSchedule: Runner = async (c, gpu) => {
  const load = (name: string) => {
    const { shape, values } = c.tensor(name);
    return fromArray(gpu, shape, values);
  };
  const [w, scale, zero] = [load("w"), load("scale"), load("zero_point")];
  const [L, R] = [load("L0"), load("R0")];
  const r = R.dim(0);
  const gamma = fromArray(gpu, [r], new Float32Array(r));
  const strategy = c.text("strategy");
  if (strategy !== "cosine" && strategy !== "linear") {
    throw new InputError(`${c.path}: no strategy ${strategy}`);
  }
  const decay = {
    rank: c.number("rank"),
    phaseLength: c.number("alpha_T"),
    warmUp: c.number("warm_up"),
    strategy,
  } as const;
  using forward = await record(gpu, () => {
    const quantizer = { scale, zero, bits: 4 };
    const lowRank = { L, R, gamma };
    return [
      matmul(mul(L, gamma), R).keep(),
      fakeQuantWeight(w, { ...quantizer, lowRank }).keep(),
    ];
  });
  const steps = c.number("steps");
  const results: Comparison[] = [];
  for (let step = 0; step < steps; step++) {
    const at = rankDecayAt(step, decay);
    if (at.startsPhase && at.hasPhi) {
      using shrink = await record(gpu, () => recompose(L, R, at.rank));
      shrink.run();
    }
    gamma.write(gpu, at.gamma);
    forward.run();
    const [product, effective] = await readAll(gpu, forward.result);
    const part = (name: string) => {
      const { values } = c.tensor(name);
      const size = values.length / steps;
      return values.subarray(step * size, (step + 1) * size);
    };
    const check = (name: string, got: Float32Array) =>
      results.push(
        compare(`${name}[${step}]`, got, part(name), c.limit()),
      );
    check("gamma", at.gamma);
    check("gamma_LR", product!);
    check("w_effective", effective!);
  }
  const all = [w, scale, zero, L, R, gamma, ...forward.result];
  for (const tensor of all) tensor.dispose();
  return results;
};

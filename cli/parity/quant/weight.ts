import {
  fakeQuantWeight,
  weightCodes,
} from "../../../autograd/fake_quant_weight.ts";
import { gradients } from "../../../autograd/op.ts";
import { weightRange } from "../../../autograd/weight_range.ts";
import { compare } from "../compare.ts";
import type { Runner } from "../runner.ts";
import { compared, computed } from "./computed.ts";

/** Weight quantisers: the first range, the codes, the values and all gradients. */
export const weight: Runner = async (c, gpu) => {
  const bits = c.number("bit");
  const group = c.number("elements_per_row");
  const integerZero = c.config.effective_round_zero === true;
  // The plain quantiser has no gradient in training.
  const wrt = {
    "uniform": [],
    "lsq": ["w", "scale"],
    "lsq+": ["w", "scale", "zero_point"],
  }[c.text("quantizer")] ?? [];
  const results = new Map(
    await computed(c, gpu, (use) => {
      const w = use("w");
      const range = c.text("cali") === "mse" ? "mse" : "minmax";
      const first = weightRange(w, { bits, group, range, integerZero });
      const quantizer = {
        scale: use("scale"),
        zero: use("zero_point"),
        bits,
        integerZero,
        scaleGradients: c.config.use_grad_scaling === true,
      };
      const y = fakeQuantWeight(w, quantizer);
      const grads = gradients(y, use("gout.q_dq"), wrt.map(use));
      return {
        "init.q_dq": fakeQuantWeight(w, { ...first, bits, integerZero }),
        "out.codes": weightCodes(w, quantizer),
        "out.q_dq": y,
        ...Object.fromEntries(wrt.map((name, i) => [`grad.${name}`, grads[i]])),
      };
    }),
  );
  // On a tie the search may take the neighbour: compare what it searches by.
  const w = c.tensor("w").values;
  const got = errors(w, results.get("init.q_dq")!, group);
  const want = errors(w, c.tensor("init.q_dq").values, group);
  results.delete("init.q_dq");
  return [
    compare("init.error", got, want, { relToMax: 1e-4 }),
    ...compared(c, results),
  ];
};

/** Degenerate weight rows, from the first range on. */
export const edgeRows: Runner = async (c, gpu) => {
  const bits = c.number("bit");
  const integerZero = c.text("quantizer") !== "lsq+";
  const range = c.text("cali") === "mse" ? "mse" : "minmax";
  const results = await computed(c, gpu, (use) => {
    const w = use("w");
    const { scale, zero } = weightRange(w, { bits, range, integerZero });
    const y = fakeQuantWeight(w, { scale, zero, bits, integerZero });
    return { scale, zero_point: zero, "out.q_dq": y };
  });
  return compared(c, results);
};

/** The low-rank branch on the recorded L and R. */
export const lowRank: Runner = async (c, gpu) => {
  const names = ["w", "scale", "zero_point", "L", "R"];
  const results = await computed(c, gpu, (use) => {
    const y = fakeQuantWeight(use("w"), {
      scale: use("scale"),
      zero: use("zero_point"),
      bits: c.number("bit"),
      scaleGradients: true,
      lowRank: { L: use("L"), R: use("R"), gamma: use("gamma_at_step3") },
    });
    const grads = gradients(y, use("gout.step3"), names.map(use));
    return {
      "out.step3": y,
      ...Object.fromEntries(names.map((name, i) => [`grad.${name}`, grads[i]])),
    };
  });
  return compared(c, results);
};

/** Sums of |w' - w|^2.4 over each group. */
function errors(w: Float32Array, y: Float32Array, group: number): number[] {
  const sums = new Array<number>(w.length / group).fill(0);
  w.forEach((v, i) => {
    sums[Math.floor(i / group)]! += Math.abs(y[i]! - v) ** 2.4;
  });
  return sums;
}

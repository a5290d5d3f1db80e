import {
  fakeQuantActivation,
  type LearntRanges,
} from "../../../autograd/fake_quant_activation.ts";
import { fakeQuantWeight } from "../../../autograd/fake_quant_weight.ts";
import { linear } from "../../../autograd/linear.ts";
import { gradients } from "../../../autograd/op.ts";
import { pinned, type Tensor } from "../../../autograd/tensor.ts";
import type { Gpu } from "../../../gpu/device.ts";
import {
  officialCallIndex,
  officialTrainIndex,
} from "../../../models/quant/range_index.ts";
import { compare } from "../compare.ts";
import type { Runner } from "../runner.ts";
import { compared, computed, learned, numberIn, objectAt } from "./computed.ts";

/** Activation quantisers: values, codes and all gradients. */
export const activation: Runner = async (c, gpu) => {
  const index = c.config.idx === undefined
    ? undefined
    : indexOf(gpu, c.tensor("x").shape[0]!, c.number("idx"));
  const names = index ? ["x", "upper", "lower"] : ["x"];
  const results = await computed(c, gpu, (use) => {
    const ranges: LearntRanges | undefined = index &&
      { upper: use("upper"), lower: use("lower"), index };
    const y = fakeQuantActivation(use("x"), {
      bits: c.number("bit"),
      rangeRatio: c.number("clip_ratio"),
      ...(ranges && { ranges }),
    });
    const grads = gradients(y, use("gout.q_dq"), names.map(use));
    return {
      "out.q_dq": y,
      ...Object.fromEntries(names.map((name, i) => [`grad.${name}`, grads[i]])),
    };
  });
  index?.dispose();
  const scale = c.tensor("row_scale").values;
  const zero = c.tensor("row_zero_point").values;
  const columns = c.tensor("x").shape.at(-1)!;
  const codes = results.get("out.q_dq")!.map((v, i) => {
    const row = Math.floor(i / columns);
    return Math.round(v / scale[row]! + zero[row]!);
  });
  return compared(c, new Map([["codes", codes], ...results]));
};

/** One fake-quantised layer with all its gradients. */
export const quantLinear: Runner = async (c, gpu) => {
  const { timestep } = c.config;
  const integerZero = objectAt(c, "quantizer_type").w === "lsq";
  const act = objectAt(c, "q_params", "act");
  const index = typeof timestep === "number"
    ? indexOf(gpu, c.tensor("x").shape[0]!, officialTrainIndex(timestep))
    : undefined;
  const names = learned(c);
  const results = await computed(c, gpu, (use) => {
    const ranges: LearntRanges | undefined = index && {
      upper: use("aquantizer.upper"),
      lower: use("aquantizer.lower"),
      index,
    };
    const x = fakeQuantActivation(use("x"), {
      bits: numberIn(act, "bit"),
      rangeRatio: numberIn(act, "clip_ratio"),
      ...(ranges && { ranges }),
    });
    const w = fakeQuantWeight(use("w"), {
      scale: use("wquantizer.scale"),
      zero: use(`${integerZero ? "buffer." : ""}wquantizer.zero_point`),
      bits: numberIn(objectAt(c, "q_params", "w"), "bit"),
      integerZero,
      scaleGradients: true,
    });
    const y = linear(x, w, c.tensors.has("b") ? use("b") : undefined);
    const grads = gradients(y, use("gout.y"), names.map(use));
    return {
      "mid.x_q_dq": x,
      "mid.w_q_dq": w,
      "out.y": y,
      ...Object.fromEntries(names.map((name, i) => [`grad.${name}`, grads[i]])),
    };
  });
  index?.dispose();
  return compared(c, results);
};

/** The range index that the authors take for a timestep, and for a call. */
export const indexTable: Runner = (c) => {
  const entry = (start: string) =>
    Object.entries(c.json).find(([name]) => name.startsWith(start))?.[1] ?? {};
  const byTime = Object.entries(entry("set_idx"));
  const byCall = Object.values(entry("set_auto"));
  return Promise.resolve([
    compare(
      "set_idx",
      byTime.map(([t]) => officialTrainIndex(Number(t))),
      byTime.map(([, index]) => Number(index)),
      {},
    ),
    compare(
      "set_auto",
      byCall.map((_, call) => officialCallIndex(call)),
      byCall.map(Number),
      {},
    ),
  ]);
};

/** The same range index for every sample. */
function indexOf(gpu: Gpu, samples: number, index: number): Tensor {
  const values = new Uint32Array(samples).fill(index);
  return pinned([samples], "u32").write(gpu, values);
}

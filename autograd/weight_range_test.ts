import { assert, assertThrows } from "@std/assert";
import { openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { assertClose } from "../tests/assert_close.ts";
import { readCase } from "../tests/read_case.ts";
import { fakeQuantWeight } from "./fake_quant_weight.ts";
import { fromArray, readAll, Tensor } from "./tensor.ts";
import { weightRange } from "./weight_range.ts";

const CASES = [
  "lsqplus_perchannel_mse_b4",
  "lsqplus_perchannel_mse_b3",
  "lsqplus_perchannel_mse_b8",
  "lsqplus_perchannel_minmax_b4",
  "lsqplus_group64_mse_b4",
  "lsqplus_pertensor_mse_b4",
  "lsq_perchannel_mse_b4",
  "uniform_group64_minmax_b4",
  "uniform_perchannel_mse_b3",
];

interface Json {
  readonly config: {
    readonly bit: number;
    readonly cali: "mse" | "minmax";
    readonly effective_round_zero: boolean;
    readonly elements_per_row: number;
  };
}

/** Sums of |w' - w|^2.4 over groups of `size`. */
function errors(w: Float32Array, y: Float32Array, size: number): number[] {
  const sums = new Array<number>(w.length / size).fill(0);
  w.forEach((v, i) => {
    sums[Math.floor(i / size)]! += Math.abs(y[i]! - v) ** 2.4;
  });
  return sums;
}

for (const without of [[], ["subgroups"]] as const) {
  for (const name of without.length ? CASES.slice(0, 1) : CASES) {
    Deno.test(
      `weightRange() finds the recorded range of ${name}${
        without.length ? " without subgroups" : ""
      }`,
      async () => {
        const { json: { config }, tensor, shape } = readCase<Json>(
          `quant/weight_${name}`,
        );
        const group = config.elements_per_row;
        using gpu = await openGpu({ without });
        const w = fromArray(gpu, shape("w"), tensor("w"));
        using plan = await record(gpu, () => {
          const { scale, zero } = weightRange(w, {
            bits: config.bit,
            group,
            range: config.cali,
            integerZero: config.effective_round_zero,
          });
          const y = fakeQuantWeight(w, {
            scale,
            zero,
            bits: config.bit,
            integerZero: config.effective_round_zero,
          });
          return [scale.keep(), y.keep()];
        });
        plan.run();
        const [scale, y] = await readAll(gpu, plan.result);
        // The search may take the neighbour on a tie: its error must be as small.
        const got = errors(tensor("w"), y!, group);
        const want = errors(tensor("w"), tensor("init.q_dq"), group);
        got.forEach((e, i) => assert(e <= want[i]! * (1 + 1e-4), `row ${i}`));
        const same = scale!.filter((s, i) =>
          Math.abs(s / tensor("init.scale")[i]! - 1) < 1e-5
        );
        assert(same.length >= 0.9 * scale!.length);
      },
    );
  }
}

for (const name of ["lsqplus_minmax", "lsqplus_mse", "uniform_minmax"]) {
  Deno.test(`weightRange() treats degenerate rows as recorded, ${name}`, async () => {
    const { tensor, shape } = readCase(`quant/edge_rows_${name}`);
    using gpu = await openGpu();
    const w = fromArray(gpu, shape("w"), tensor("w"));
    using plan = await record(gpu, () => {
      const integerZero = name.startsWith("uniform");
      const range = name.endsWith("mse") ? "mse" : "minmax";
      const found = weightRange(w, { bits: 4, range, integerZero });
      const y = fakeQuantWeight(w, { ...found, bits: 4, integerZero });
      return [found.scale, found.zero, y].map((t) => t.keep());
    });
    plan.run();
    const [scale, zero, y] = await readAll(gpu, plan.result);
    assertClose(scale!, tensor("scale"), { relToMax: 1e-4 }, "scale");
    assertClose(zero!, tensor("zero_point"), { relToMax: 1e-4 }, "zero");
    assertClose(y!, tensor("out.q_dq"), { relToMax: 1e-4 }, "q_dq");
  });
}

Deno.test("weightRange() refuses groups that do not divide the weight", () => {
  assertThrows(
    () =>
      weightRange(new Tensor([2, 6]), { bits: 4, group: 5, range: "minmax" }),
    RangeError,
    "in groups of 5",
  );
});

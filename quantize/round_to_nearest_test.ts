import { assert, assertEquals } from "@std/assert";
import { weightCodes } from "../autograd/fake_quant_weight.ts";
import { fromArray, readAll } from "../autograd/tensor.ts";
import { weightRange } from "../autograd/weight_range.ts";
import { openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { assertClose } from "../tests/assert_close.ts";
import { assertCodes } from "../tests/assert_codes.ts";
import { uniform } from "../tests/check.ts";
import { readCase } from "../tests/read_case.ts";
import { roundToNearest } from "./round_to_nearest.ts";

Deno.test("degenerate rows are rounded as the authors' quantiser does", () => {
  const { json, tensor, shape } = readCase<{ config: { bit: number } }>(
    "quant/edge_rows_lsqplus_minmax",
  );
  const inputs = shape("w")[1]!;
  const { codes, scale, zero } = roundToNearest(tensor("w"), {
    inputs,
    bits: json.config.bit,
  });
  assertClose(scale, tensor("scale"), { relToMax: 1e-6 });
  assertClose(zero, tensor("zero_point"), { relToMax: 1e-6 });
  const values = Float32Array.from(codes, (code, i) => {
    const row = Math.floor(i / inputs);
    return scale[row]! * Math.fround(code - zero[row]!);
  });
  assertClose(values, tensor("out.q_dq"), { relToMax: 1e-5 });
});

Deno.test("rows and groups of random weights have the codes that the GPU finds", async () => {
  using gpu = await openGpu();
  const [outputs, inputs] = [24, 192];
  const random = uniform(5);
  const values = new Float32Array(outputs * inputs).map(() => random() + 0.2);
  for (const [bits, group] of [[4, inputs], [3, 64], [8, 32]] as const) {
    using plan = await record(gpu, () => {
      const w = fromArray(gpu, [outputs, inputs], values);
      const grid = weightRange(w, { bits, group, range: "minmax" });
      const codes = weightCodes(w, { ...grid, bits });
      return [grid.scale.keep(), grid.zero.keep(), codes.keep()];
    });
    plan.run();
    const [scale, zero, codes] = await readAll(gpu, plan.result);
    const rounded = roundToNearest(values, { inputs, bits, group });
    assertClose(rounded.scale, scale!, { relToMax: 1e-6 });
    assertClose(rounded.zero, zero!, { relToMax: 1e-6 });
    assertCodes(rounded.codes, codes!);
  }
});

Deno.test("the last group of a row may have fewer inputs", () => {
  const w = Float32Array.from(
    { length: 80 },
    (_, i) => i % 40 < 32 ? i : 5 - i,
  );
  const { codes, scale, zero } = roundToNearest(w, {
    inputs: 40,
    bits: 8,
    group: 32,
  });
  assertEquals([scale.length, zero.length], [4, 4]);
  w.forEach((value, i) => {
    const g = 2 * Math.floor(i / 40) + Math.floor(i % 40 / 32);
    const back = scale[g]! * (codes[i]! - zero[g]!);
    assert(Math.abs(back - value) <= 0.51 * scale[g]!, `${i}`);
  });
  assertClose(scale, [31 / 255, 7 / 255, 31 / 255, 7 / 255], { abs: 1e-7 });
});

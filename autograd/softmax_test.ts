import { checkCase } from "../tests/check_case.ts";
import { checkOp } from "../tests/check.ts";
import { softmax } from "./softmax.ts";

function reference(x: number[], D: number): number[] {
  const e = x.map(Math.exp);
  return e.map((v, i) => {
    const start = i - i % D;
    return v / e.slice(start, start + D).reduce((a, b) => a + b);
  });
}

for (const without of [[], ["subgroups"]] as const) {
  const how = without.length ? " without subgroups" : "";
  for (const D of [37, 40]) {
    Deno.test(`softmax() of ${D} columns matches its definition${how}`, async () => {
      await checkOp(
        (x) => softmax(x!),
        [[5, 2, D]],
        ([x]) => reference(x!, D),
        { values: (v) => 5 * v, gpu: { without } },
      );
    });
  }
}

Deno.test("softmax() agrees with recorded outputs, also for logits in the hundreds", async () => {
  await checkCase("ops/softmax", ["x"], (x) => softmax(x!));
  await checkCase("ops/softmax_large", ["x"], (x) => softmax(x!));
});

import { assertEquals, assertThrows } from "@std/assert";
import { checkOp } from "../tests/check.ts";
import { checkCase } from "../tests/check_case.ts";
import { layerNorm, layerNormModulate, rmsNorm } from "./norm.ts";
import { Tensor } from "./tensor.ts";

const EPS = 1e-6;

/** Rows of D numbers, normalised. */
function normal(x: number[], D: number, centre: boolean): number[] {
  return x.map((v, i) => {
    const row = x.slice(i - i % D, i - i % D + D);
    const mean = centre ? row.reduce((a, b) => a + b) / D : 0;
    const variance = row.reduce((s, r) => s + (r - mean) ** 2, 0) / D;
    return (v - mean) / Math.sqrt(variance + EPS);
  });
}

for (const without of [[], ["subgroups"]] as const) {
  const how = without.length ? " without subgroups" : "";
  for (const D of [33, 48]) {
    Deno.test(`layerNorm() of ${D} columns matches its definition${how}`, async () => {
      await checkOp(
        (x, weight, bias) =>
          layerNorm(x!, { weight: weight!, bias: bias!, eps: EPS }),
        [[2, 21, D], [D], [D]],
        ([x, w, b]) =>
          normal(x!, D, true).map((v, i) => v * w![i % D]! + b![i % D]!),
        { gpu: { without } },
      );
    });
  }

  Deno.test(`layerNormModulate() takes one scale and shift a sample${how}`, async () => {
    const [B, L, D] = [3, 19, 20];
    await checkOp(
      (x, shift, scale) => layerNormModulate(x!, shift!, scale!, EPS),
      [[B, L, D], [B, D], [B, D]],
      ([x, t, s]) =>
        normal(x!, D, true).map((v, i) => {
          const k = Math.floor(i / (L * D)) * D + i % D;
          return v * (1 + s![k]!) + t![k]!;
        }),
      { gpu: { without } },
    );
  });
}

Deno.test("layerNorm() sums weight gradients over more rows than one chunk", async () => {
  const D = 8;
  await checkOp(
    (x, weight) => layerNorm(x!, { weight: weight!, eps: EPS }),
    [[1500, D], [D]],
    ([x, w]) => normal(x!, D, true).map((v, i) => v * w![i % D]!),
    { gradientsOf: [1] },
  );
});

Deno.test("rmsNorm() matches its definition", async () => {
  const D = 40;
  await checkOp(
    (x, weight) => rmsNorm(x!, { weight: weight!, eps: EPS }),
    [[9, D], [D]],
    ([x, w]) => normal(x!, D, false).map((v, i) => v * w![i % D]!),
  );
});

Deno.test("norms agree with recorded outputs and gradients", async () => {
  await checkCase(
    "ops/layernorm_plain",
    ["x"],
    (x) => layerNorm(x!, { eps: EPS }),
  );
  await checkCase(
    "ops/layernorm_affine",
    ["x", "w", "b"],
    (x, w, b) => layerNorm(x!, { weight: w!, bias: b!, eps: EPS }),
  );
  await checkCase(
    "ops/rmsnorm",
    ["x", "w"],
    (x, w) => rmsNorm(x!, { weight: w!, eps: EPS }),
  );
});

Deno.test("layerNorm() refuses a weight of the wrong length", () => {
  const error = assertThrows(() =>
    layerNorm(new Tensor([2, 3]), { weight: new Tensor([4]), eps: EPS })
  );
  assertEquals(
    (error as Error).message,
    "Cannot apply layerNorm: x [2,3] takes vectors of 1 x 3 values, found [4]",
  );
});

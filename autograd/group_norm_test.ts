import { assertThrows } from "@std/assert";
import { openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { assertClose, checkOp, uniform } from "../tests/check.ts";
import { checkCase } from "../tests/check_case.ts";
import { groupNorm, groupNormSilu, spatialNormSilu } from "./group_norm.ts";
import { permute } from "./axes.ts";
import { fromArray, Tensor } from "./tensor.ts";

/** The definition in plain numbers: x of `clips` equal clips. */
function reference(
  [x, w, b]: number[][],
  { C, groups, clips, eps }: Readonly<
    Record<"C" | "groups" | "clips" | "eps", number>
  >,
): number[] {
  const clip = x!.length / clips;
  const of = (i: number) =>
    Math.floor(i / clip) * groups + Math.floor(i % C / (C / groups));
  const sums = new Float64Array(clips * groups);
  const squares = new Float64Array(clips * groups);
  const n = clip / groups;
  x!.forEach((v, i) => sums[of(i)]! += v / n);
  x!.forEach((v, i) => squares[of(i)]! += (v - sums[of(i)]!) ** 2 / n);
  return x!.map((v, i) =>
    (v - sums[of(i)]!) / Math.sqrt(squares[of(i)]! + eps) * w![i % C]! +
    b![i % C]!
  );
}

const silu = (v: number) => v / (1 + Math.exp(-v));

for (const without of [[], ["subgroups"]] as const) {
  const form = without.length ? "workgroup memory" : "subgroups";
  Deno.test(`groupNorm() agrees with torch with ${form}`, async () => {
    await checkCase("ops/groupnorm", ["x", "w", "b"], (x, weight, bias) => {
      const options = { groups: 8, eps: 1e-6, weight: weight!, bias: bias! };
      const y = groupNorm(permute(x!, [0, 2, 3, 4, 1]), options);
      return permute(y, [0, 4, 1, 2, 3]);
    }, { gpu: { without } });
  });

  Deno.test(`groupNorm() of odd channels far from 0 matches its definition with ${form}`, async () => {
    await checkOp(
      (x, weight, bias) =>
        groupNorm(x!, { groups: 3, eps: 1e-5, weight: weight!, bias: bias! }),
      [[2, 41, 9], [9], [9]],
      (inputs) => reference(inputs, { C: 9, groups: 3, clips: 2, eps: 1e-5 }),
      { gpu: { without }, values: (v, i) => i === 0 ? v + 20 : v },
    );
  });
}

Deno.test("spatialNormSilu() takes the nearest place, the first frame's apart", async () => {
  using gpu = await openGpu();
  const random = uniform(7);
  const values = (n: number) => Array.from({ length: n }, random);
  for (const [T, t] of [[3, 2], [4, 2], [1, 1]] as const) {
    const [C, groups, eps] = [8, 2, 1e-6];
    const x = values(T * 4 * 6 * C);
    const zq = values(t * 2 * 3 * 2 * C);
    const w = values(C);
    const b = values(C);
    const options = {
      groups,
      eps,
      weight: fromArray(gpu, [C], w),
      bias: fromArray(gpu, [C], b),
    };
    const on = fromArray(gpu, [1, T, 4, 6, C], x);
    const coarse = fromArray(gpu, [1, t, 2, 3, 2 * C], zq);
    using plan = await record(gpu, () => ({
      spatial: spatialNormSilu(on, coarse, options).keep(),
      plain: groupNormSilu(on, options).keep(),
    }));
    plan.run();
    const norm = reference([x, w, b], { C, groups, clips: 1, eps });
    const want = norm.map((v, i) => {
      const [c, q, r, f] = [
        i % C,
        Math.floor(i / C) % 6 >> 1,
        Math.floor(i / C / 6) % 4 >> 1,
        Math.floor(i / C / 24),
      ];
      const near = T === 3 ? (f + 1) >> 1 : Math.floor(f * t / T);
      const at = (((near * 2 + r) * 3) + q) * 2 * C + c;
      return silu(v * zq[at]! + zq[at + C]!);
    });
    assertClose(await plan.result.spatial.read(gpu), want, 1e-5);
    assertClose(await plan.result.plain.read(gpu), norm.map(silu), 1e-5);
  }
});

Deno.test("groupNorm() says which groups do not fit", () => {
  assertThrows(
    () => groupNorm(new Tensor([1, 2, 6]), { groups: 4, eps: 0 }),
    RangeError,
    "takes groups that divide 6 and vectors of 6, found 4 groups",
  );
});

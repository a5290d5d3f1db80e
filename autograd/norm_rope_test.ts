import { assertThrows } from "@std/assert";
import { checkOp } from "../tests/check.ts";
import { layerNormRope, rmsNormRope } from "./norm_rope.ts";
import { repeatInterleave } from "./axes.ts";
import { Tensor } from "./tensor.ts";

const EPS = 1e-6;
const [B, L, H] = [2, 5, 3];

/** Rows of `columns` numbers, normalised. */
function normal(x: number[], columns: number, centre: boolean): number[] {
  return x.map((v, i) => {
    const row = x.slice(i - i % columns, i - i % columns + columns);
    const mean = centre ? row.reduce((a, b) => a + b) / columns : 0;
    const square = row.reduce((s, r) => s + (r - mean) ** 2, 0) / columns;
    return (v - mean) / Math.sqrt(square + EPS);
  });
}

/** Pairs turned by tables [L, Dh]. */
function turn(v: number[], cos: number[], sin: number[], Dh: number): number[] {
  return v.map((a, i) => {
    const at = Math.floor(i / (H * Dh)) % L * Dh + i % Dh;
    const cross = i % 2 ? v[i - 1]! : -v[i + 1]!;
    return a * cos[at]! + cross * sin[at]!;
  });
}

/** Tables hold each value twice; inputs of tests hold it once. */
const paired = (t: number[]) => t.flatMap((v) => [v, v]);
const table = (t?: Tensor) => repeatInterleave(t!, 2, 1);

for (const without of [[], ["subgroups"]] as const) {
  const how = without.length ? " without subgroups" : "";
  for (const Dh of [12, 6, 40]) {
    Deno.test(`rmsNormRope() of heads of ${Dh} is a norm over all heads, then rope${how}`, async () => {
      const D = H * Dh;
      await checkOp(
        (x, weight, cos, sin) =>
          rmsNormRope(x!, weight!, table(cos), table(sin), {
            eps: EPS,
            heads: H,
          }),
        [[B, L, D], [D], [L, Dh / 2], [L, Dh / 2]],
        ([x, w, cos, sin]) => {
          const v = normal(x!, D, false).map((n, i) => n * w![i % D]!);
          return turn(v, paired(cos!), paired(sin!), Dh);
        },
        { gradientsOf: [0, 1], gpu: { without } },
      );
    });
  }

  Deno.test(`layerNormRope() is a norm of each head, then rope${how}`, async () => {
    const Dh = 16;
    await checkOp(
      (x, weight, bias, cos, sin) =>
        layerNormRope(x!, weight!, bias!, table(cos), table(sin), { eps: EPS }),
      [[B, L, H, Dh], [Dh], [Dh], [L, Dh / 2], [L, Dh / 2]],
      ([x, w, b, cos, sin]) => {
        const v = normal(x!, Dh, true)
          .map((n, i) => n * w![i % Dh]! + b![i % Dh]!);
        return turn(v, paired(cos!), paired(sin!), Dh);
      },
      { gradientsOf: [0, 1, 2], gpu: { without } },
    );
  });
}

Deno.test("rmsNormRope() refuses tables of another size", () => {
  const [x, weight, table] = [[1, 4, 24], [24], [4, 12]]
    .map((shape) => new Tensor(shape));
  assertThrows(
    () => rmsNormRope(x!, weight!, table!, table!, { eps: EPS, heads: 3 }),
    RangeError,
    "Cannot apply rmsNormRope: x [1,4,24] takes vectors [24] and tables [4,8], found [24] and [4,12]",
  );
});

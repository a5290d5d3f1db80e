import { assert, assertThrows } from "@std/assert";
import { pinned, readAll, Tensor } from "../tensor.ts";
import { normal } from "../../core/random.ts";
import { type Gpu, openGpu } from "../../gpu/device.ts";
import { record } from "../../gpu/record.ts";
import { assertClose } from "../../tests/assert_close.ts";
import { readCase } from "../../tests/read_case.ts";
import { balancedFactors } from "./low_rank.ts";
import { recompose } from "./recompose.ts";

type Values = Float32Array<ArrayBuffer>;

/** L diag(gamma) R. */
function product(
  L: Values,
  R: Values,
  r: number,
  gamma: ArrayLike<number> = new Float32Array(r).fill(1),
): number[] {
  const [n, m] = [L.length / r, R.length / r];
  return Array.from({ length: n * m }, (_, at) => {
    const [i, j] = [Math.floor(at / m), at % m];
    let sum = 0;
    for (let t = 0; t < r; t++) {
      sum += L[i * r + t]! * gamma[t]! * R[t * m + j]!;
    }
    return sum;
  });
}

/** Squares of the columns of L [n, r] and rows of R [r, m], summed: s each. */
function weights(L: Values, R: Values, r: number) {
  const [n, m] = [L.length / r, R.length / r];
  const squares = (
    of: Values,
    size: number,
    at: (t: number, i: number) => number,
  ) =>
    Array.from({ length: r }, (_, t) => {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += of[at(t, i)]! ** 2;
      return sum;
    });
  return {
    L: squares(L, n, (t, i) => i * r + t),
    R: squares(R, m, (t, j) => t * m + j),
  };
}

async function factors(gpu: Gpu, a: Values, shape: number[], r: number) {
  const x = pinned(shape).write(gpu, a);
  using plan = await record(gpu, () => {
    const { L, R } = balancedFactors(x, r);
    return [L.keep(), R.keep()];
  });
  plan.run();
  const [L, R] = await readAll(gpu, plan.result);
  return { L: L!, R: R! };
}

for (const name of ["phi_init_r8_b3", "phi_init_r8_b4"]) {
  Deno.test(`balancedFactors() starts Phi as the authors' code does: ${name}`, async () => {
    const { tensor, shape } = readCase(`quant/${name}`);
    const [n, m] = shape("residual") as [number, number];
    const transpose = tensor("residual").map((_, at, of) =>
      of[(at % n) * m + Math.floor(at / n)]!
    );
    const S = tensor("residual_singular_values").subarray(0, 8);
    using gpu = await openGpu();
    const tall = await factors(gpu, tensor("residual"), [1, n, m], 8);
    const near = { relToMax: 1e-4 };
    assertClose(product(tall.L, tall.R, 8), tensor("LR"), near, "L R");
    assertClose(weights(tall.L, tall.R, 8).L, S, near, "columns of L");
    assertClose(weights(tall.L, tall.R, 8).R, S, near, "rows of R");
    const wide = await factors(gpu, transpose, [1, m, n], 8);
    assertClose(weights(wide.L, wide.R, 8).L, S, near, "columns of L");
    assertClose(weights(wide.L, wide.R, 8).R, S, near, "rows of R");
  });
}

interface ScheduleJson {
  readonly config: {
    readonly per_step: { readonly step: number; readonly rank: number }[];
  };
}

for (const name of ["r4_T3_linear", "r4_T3_warm2", "r8_T4"]) {
  Deno.test(`recompose() shrinks Phi as the authors' code does: ${name}`, async () => {
    const { json, tensor, shape } = readCase<ScheduleJson>(
      `quant/phi_schedule_${name}`,
    );
    const [r, m] = shape("R0") as [number, number];
    using gpu = await openGpu();
    const L = pinned(shape("L0")).write(gpu, tensor("L0"));
    const R = pinned([r, m]).write(gpu, tensor("R0"));
    let before = r;
    for (const { step, rank } of json.config.per_step) {
      if (rank === 0) break;
      if (rank < before) {
        using plan = await record(gpu, () => recompose(L, R, rank));
        const was = await readAll(gpu, [L, R]);
        plan.run();
        const [l, now] = await readAll(gpu, [L, R]);
        const rest = now!.subarray(rank * m);
        assert(rest.every((v, i) => v === was[1]![rank * m + i]));
        assert(l!.every((v, i) => i % r < rank || v === was[0]![i]));
      }
      before = rank;
      const [l, now] = await readAll(gpu, [L, R]);
      const size = tensor("gamma_LR").length / json.config.per_step.length;
      assertClose(
        product(l!, now!, r, tensor("gamma").subarray(step * r)),
        tensor("gamma_LR").subarray(step * size, (step + 1) * size),
        { relToMax: 1e-4 },
        `${name} step ${step}`,
      );
    }
  });
}

Deno.test("recompose() keeps the product and sorts it, also where L has lost a rank", async () => {
  using gpu = await openGpu();
  const [n, r, m, rank] = [70, 9, 50, 6];
  const draw = (size: number, word: number) => {
    const out = new Float32Array(size);
    normal([word, 1], [0, 0, 0, 0], out);
    return out;
  };
  const l = draw(n * r, 1).map((v, i) => i % r === 2 ? 0 : v * (1 + i % r));
  const rows = draw(r * m, 2);
  const L = pinned([n, r]).write(gpu, l);
  const R = pinned([r, m]).write(gpu, rows);
  using plan = await record(gpu, () => recompose(L, R, rank));
  plan.run();
  const [newL, newR] = await readAll(gpu, [L, R]);
  const gamma = Float32Array.from({ length: r }, (_, t) => Number(t < rank));
  assertClose(
    product(newL!, newR!, r, gamma),
    product(l, rows, r, gamma),
    { relToMax: 1e-5 },
  );
  const found = weights(newL!, newR!, r);
  const kept = found.L.slice(0, rank);
  assertClose(found.R.slice(0, rank), kept, { relToMax: 1e-5 });
  assert(kept.every((v, t) => t === 0 || v <= kept[t - 1]!));
  assert(kept[rank - 1]! < 1e-5 * kept[0]!);
});

Deno.test("balancedFactors() finds a low rank in matrices too large for a whole SVD", async () => {
  using gpu = await openGpu();
  const [n, m, r] = [274, 270, 4];
  const L = new Float32Array(n * r);
  const R = new Float32Array(r * m);
  normal([5, 5], [0, 0, 0, 0], L);
  normal([6, 6], [0, 0, 0, 0], R);
  const a = Float32Array.from(product(L, R, r));
  const found = await factors(gpu, a, [1, n, m], r);
  assertClose(product(found.L, found.R, r), a, { relToMax: 1e-4 });
  const { L: left, R: right } = weights(found.L, found.R, r);
  assertClose(left, right, { relToMax: 1e-4 });
});

Deno.test("balancedFactors() and recompose() say what they take", () => {
  assertThrows(
    () => balancedFactors(new Tensor([1, 3, 4]), 5),
    RangeError,
    "Cannot factor [1,3,4] with rank 5: ranks go from 1 to 3",
  );
  assertThrows(
    () => recompose(new Tensor([3, 2]), new Tensor([2, 4]), 3),
    RangeError,
    "Cannot recompose L [3,2] and R [2,4] with rank 3",
  );
});

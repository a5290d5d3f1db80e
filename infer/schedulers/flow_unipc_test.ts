import { assert, assertEquals } from "@std/assert";
import { assertClose } from "../../tests/assert_close.ts";
import { FlowUniPC } from "./flow_unipc.ts";

const model = (x: number, t: number) => Math.sin(3 * x) + t / 700;

/** Solves A x = b by elimination. */
function solve(A: readonly (readonly number[])[], b: readonly number[]) {
  const rows = A.map((row, i) => [...row, b[i]!]);
  const n = rows.length;
  for (let k = 0; k < n; k++) {
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = rows[i]![k]! / rows[k]![k]!;
      rows[i] = rows[i]!.map((value, j) => value - factor * rows[k]![j]!);
    }
  }
  return rows.map((row, i) => row[n]! / row[i]!);
}

/** UniPC on one number, as its paper and diffusers' code have it: lists that grow, a matrix solved at each step. */
function plain(
  sigmas: readonly number[],
  timesteps: readonly number[],
  start: number,
  { order: most, type }: { order: number; type: string },
): number[] {
  const lambda = sigmas.map((s) => Math.log(1 - s) - Math.log(s));
  const outputs: number[] = [];
  const samples: number[] = [];
  let x = start;
  let corrected = start;
  /** From sigma `from` to the one after, with the predictions up to that point and, to correct, the one beyond. */
  const move = (from: number, x: number, order: number, beyond?: number) => {
    const s = sigmas[from + 1]!;
    const hh = lambda[from]! - lambda[from + 1]!; // -h
    const B = type === "bh1" ? hh : Math.expm1(hh);
    const m0 = outputs[from]!;
    const rks: number[] = [];
    const D: number[] = [];
    for (let i = 1; i < order; i++) {
      const rk = (lambda[from - i]! - lambda[from]!) / -hh;
      rks.push(rk);
      D.push((outputs[from - i]! - m0) / rk);
    }
    rks.push(1);
    const R: number[][] = [];
    const b: number[] = [];
    let phi = Math.expm1(hh) / hh - 1;
    let factorial = 1;
    for (let i = 1; i <= order; i++) {
      R.push(rks.map((rk) => rk ** (i - 1)));
      b.push(phi * factorial / B);
      factorial *= i + 1;
      phi = phi / hh - 1 / factorial;
    }
    let rest = 0;
    if (beyond !== undefined) {
      const rho = order === 1 ? [0.5] : solve(R, b);
      rest = [...D, beyond - m0].reduce((sum, d, k) => sum + rho[k]! * d, 0);
    } else if (order > 1) {
      const inner = R.slice(0, -1).map((row) => row.slice(0, -1));
      const rho = order === 2 ? [0.5] : solve(inner, b.slice(0, -1));
      rest = D.reduce((sum, d, k) => sum + rho[k]! * d, 0);
    }
    const step = s / sigmas[from]! * x - (1 - s) * Math.expm1(hh) * m0;
    return rest === 0 ? step : step - (1 - s) * B * rest;
  };
  let orderBefore = 0;
  for (const [i, t] of timesteps.entries()) {
    const m = x - sigmas[i]! * model(x, t);
    if (i > 0) x = move(i - 1, corrected, orderBefore, m);
    corrected = x;
    outputs.push(m);
    orderBefore = Math.min(most, timesteps.length - i, i + 1);
    x = move(i, x, orderBefore);
    samples.push(x);
  }
  return samples;
}

const flow = { prediction_type: "flow_prediction", use_flow_sigmas: true };

for (const order of [1, 2, 3]) {
  for (const type of ["bh1", "bh2"]) {
    Deno.test(`UniPC of order ${order} with ${type} makes the steps of its definition`, () => {
      for (const steps of [1, 2, 3, 4, 7, 20]) {
        const scheduler = new FlowUniPC({
          ...flow,
          flow_shift: 3,
          solver_order: order,
          solver_type: type,
        });
        scheduler.setTimesteps(steps);
        const timesteps = [...scheduler.timesteps];
        const want = plain([...scheduler.sigmas], timesteps, 0.7, {
          order,
          type,
        });
        let x = new Float32Array([0.7]);
        for (const [i, t] of timesteps.entries()) {
          x = scheduler.step(x.map((value) => model(value, t)), x);
          assertClose(x, [want[i]!], { abs: 3e-6 }, `step ${i} of ${steps}`);
        }
      }
    });
  }
}

Deno.test("UniPC of a higher order remembers more and errs less", () => {
  const end = (solver_order: number, steps: number) => {
    const scheduler = new FlowUniPC({ ...flow, solver_order });
    assertEquals(scheduler.memory.length, solver_order + 1);
    scheduler.setTimesteps(steps);
    let x = new Float32Array([0.7]);
    for (const t of scheduler.timesteps) {
      x = scheduler.step(x.map((value) => Math.sin(value) + t / 1000), x);
    }
    return x[0]!;
  };
  const [one, two, three] = [1, 2, 3].map((order) =>
    Math.abs(end(order, 40) - end(3, 900))
  ) as [number, number, number];
  assert(two < one && three < one, `${[one, two, three]}`);
});

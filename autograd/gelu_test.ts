import { checkOp } from "../tests/check.ts";
import { gelu } from "./unary.ts";

/** The definition, in plain numbers. */
function tanhForm(x: number): number {
  const c = Math.sqrt(2 / Math.PI);
  return 0.5 * x * (1 + Math.tanh(c * (x + 0.044715 * x ** 3)));
}

/** 0.5 x (1 + erf(x / sqrt 2)) by Simpson's rule on the density. */
function erfForm(x: number): number {
  const n = 200;
  let area = 0;
  for (let i = 0; i <= n; i++) {
    const u = x * i / n;
    const weight = i === 0 || i === n ? 1 : i % 2 ? 4 : 2;
    area += weight * Math.exp(-u * u / 2);
  }
  return x * (0.5 + area * x / n / 3 / Math.sqrt(2 * Math.PI));
}

Deno.test("gelu() matches its tanh form, forward and backward", async () => {
  await checkOp((x) => gelu(x!), [[7, 39]], ([x]) => x!.map(tanhForm), {
    values: (v) => 4 * v,
  });
});

Deno.test("gelu() matches its exact form, forward and backward", async () => {
  await checkOp(
    (x) => gelu(x!, { exact: true }),
    [[300]],
    ([x]) => x!.map(erfForm),
    {
      values: (v) => 4 * v,
    },
  );
});

import { assert, assertEquals, assertThrows } from "@std/assert";
import { openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { assertClose, checkOp, uniform } from "../tests/check.ts";
import { add } from "./binary.ts";
import { linear, type LinearOptions } from "./linear.ts";
import { layerNorm } from "./norm.ts";
import { epilogue } from "./linear_epilogue.ts";
import { gradients } from "./op.ts";
import {
  fromArray,
  pinned,
  readAll,
  readWords,
  sizeOf,
  Tensor,
} from "./tensor.ts";
import { withoutGradients } from "./tape.ts";

const ACTIVATE = {
  none: (z: number) => z,
  gelu: (z: number) =>
    0.5 * z * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (z + 0.044715 * z ** 3))),
  silu: (z: number) => z / (1 + Math.exp(-z)),
};

interface Case {
  readonly size: readonly [B: number, L: number, K: number, N: number];
  readonly activation?: "gelu" | "silu";
  readonly gate?: boolean;
  readonly residual?: boolean;
}

const CASES: Case[] = [
  { size: [1, 3, 5, 4], activation: "gelu" },
  { size: [2, 3, 8, 12], gate: true, residual: true },
  { size: [2, 17, 4, 36], activation: "silu", gate: true },
  { size: [1, 1, 4, 8], activation: "silu", residual: true },
  { size: [2, 20, 6, 5], activation: "gelu", gate: true, residual: true },
  { size: [1, 33, 3, 40], residual: true },
];

for (const without of [[], ["subgroups"]] as const) {
  const form = without.length ? "workgroup memory" : "subgroups";
  for (const { size, activation, gate, residual } of CASES) {
    const what = [activation, gate && "gate", residual && "residual"]
      .filter(Boolean).join(", ");
    Deno.test(`linear() of ${size} with ${what} matches its definition with ${form}`, async () => {
      const [B, L, K, N] = size;
      const options = (rest: Tensor[]): LinearOptions => ({
        activation,
        gate: gate ? rest[0] : undefined,
        residual: residual ? rest.at(-1) : undefined,
      });
      await checkOp(
        (x, W, b, ...rest) => linear(x!, W!, b, options(rest)),
        [
          [B, L, K],
          [N, K],
          [N],
          ...(gate ? [[B, N]] : []),
          ...(residual ? [[B, L, N]] : []),
        ],
        ([x, W, b, ...rest]) =>
          Array.from({ length: B * L * N }, (_, i) => {
            const [r, c] = [Math.floor(i / N), i % N];
            let z = b![c]!;
            for (let k = 0; k < K; k++) z += x![r * K + k]! * W![c * K + k]!;
            const a = ACTIVATE[activation ?? "none"](z);
            const g = gate ? rest[0]![Math.floor(r / L) * N + c]! : 1;
            return g * a + (residual ? rest.at(-1)![i]! : 0);
          }),
        { gpu: { without } },
      );
    });
  }

  Deno.test(`linear() with everything fused equals the ops one by one with ${form}`, async () => {
    using gpu = await openGpu({ without });
    const random = uniform(7);
    const make = (...shape: number[]) =>
      fromArray(
        gpu,
        shape,
        Array.from({ length: sizeOf(shape) }, () => 3 * random()),
      );
    const [B, L, K, N] = [2, 65, 132, 68];
    const [x, W, b] = [make(B, L, K), make(N, K), make(N)];
    const [gate, residual] = [make(B, N), make(B, L, N)];
    for (
      const options of [
        { activation: "gelu", gate, residual },
        { activation: "silu", gate },
      ] as const
    ) {
      using plan = await record(gpu, () => ({
        fused: withoutGradients(() => linear(x, W, b, options).keep()),
        apart: epilogue(linear(x, W, b), options).keep(),
      }));
      plan.run();
      const { fused, apart } = plan.result;
      const [got, want] = await readAll(gpu, [fused, apart]);
      assertClose(got!, want!, 1e-6);
    }
  });

  Deno.test(`linear() stores an f16 result with ${form}`, async () => {
    using gpu = await openGpu({ without });
    const random = uniform(9);
    const [M, K, N] = [5, 8, 12];
    const x = fromArray(
      gpu,
      [M, K],
      Float32Array.from({ length: M * K }, random),
    );
    const W = fromArray(
      gpu,
      [N, K],
      Float32Array.from({ length: N * K }, random),
    );
    using plan = await record(gpu, () => ({
      half: linear(x, W, undefined, { dtype: "f16", activation: "silu" })
        .keep(),
      full: linear(x, W, undefined, { activation: "silu" }).keep(),
    }));
    plan.run();
    const { half, full } = plan.result;
    assertEquals(half.dtype, "f16");
    const [words] = await readWords(gpu, [half]);
    const want = await full.read(gpu);
    assertEquals(
      [...new Float16Array(words!.buffer)],
      [...Float16Array.from(want)],
    );
  });
}

Deno.test("linear() with an epilogue is one dispatch without gradients", async () => {
  using gpu = await openGpu();
  const [x, W, b, gate, residual] = [[2, 4, 8], [12, 8], [12], [2, 12], [
    2,
    4,
    12,
  ]]
    .map((shape) => pinned(shape));
  const options = { activation: "gelu", gate, residual } as const;
  using plan = await record(
    gpu,
    () => withoutGradients(() => linear(x!, W!, b, options).keep()),
  );
  assertEquals(plan.steps.length, 1);
});

Deno.test("linear() keeps its digits where GELU and SiLU saturate", async () => {
  using gpu = await openGpu();
  const x = [-1e4, -200, -30, -12, -5, -1e-3, 0, 1e-20, 2e-4, 4, 30, 1e4];
  const xs = fromArray(gpu, [12, 1], x);
  const W = fromArray(gpu, [4, 1], [1, 1, 1, 1]);
  for (const activation of ["gelu", "silu"] as const) {
    using plan = await record(
      gpu,
      () =>
        withoutGradients(() => linear(xs, W, undefined, { activation }).keep()),
    );
    plan.run();
    const y = (await plan.result.read(gpu)).filter((_, i) => i % 4 === 0);
    x.forEach((v, i) => {
      const want = v < -50 ? 0 : ACTIVATE[activation](v);
      assertClose([y[i]!], [want], 2e-6, `${activation}(${v})`);
    });
  }
});

Deno.test("linear() says which gate, residual and f16 result do not fit", () => {
  const [x, W] = [new Tensor([2, 3, 4]), new Tensor([5, 4])];
  const fail = (options: LinearOptions, message: string) =>
    assertThrows(() => linear(x, W, undefined, options), RangeError, message);
  fail(
    { gate: new Tensor([4, 5]) },
    "gate [4,5] does not fit a result [2,3,5]",
  );
  fail({ residual: new Tensor([5]) }, "residual [5] does not fit");
  fail({ dtype: "f16" }, "multiples of 4, found 5");
});

Deno.test("a gated linear stays one dispatch unless the gate's gradient is asked for", async () => {
  using gpu = await openGpu();
  const [x, W, gate, dy] = [[2, 4, 8], [12, 8], [2, 12], [2, 4, 12]]
    .map((shape) => pinned(shape));
  const steps = async (targets: Tensor[]) => {
    using plan = await record(gpu, () => {
      const y = linear(x!, W!, undefined, { gate }).keep();
      gradients(y, dy!, targets).forEach((t) => t!.keep());
    });
    return plan.steps.map(({ label }) => label);
  };
  assertEquals((await steps([])).length, 1);
  const scaled = (await steps([x!])).length;
  assertEquals(scaled, 3); // forward, dy gate, dx
  assert((await steps([x!, gate!])).length > scaled);
});

Deno.test("gradients that meet in one tensor are added where products and norms store them", async () => {
  using gpu = await openGpu();
  const random = uniform(3);
  const make = (...shape: number[]) =>
    fromArray(gpu, shape, Array.from({ length: sizeOf(shape) }, random));
  const x = make(2, 4, 8);
  const [q, k, v] = [make(8, 8), make(8, 8), make(8, 8)];
  const dy = make(2, 4, 8);
  const f = (x: Tensor) => {
    const h = layerNorm(x, { eps: 1e-6 });
    return add(x, add(linear(h, q), add(linear(h, k), linear(h, v))));
  };
  using plan = await record(gpu, () => gradients(f(x), dy, [x])[0]!.keep());
  const backward = plan.steps.map(({ label }) => label);
  assertEquals(backward.filter((label) => /accumulate/.test(label)), []);
  using apart = await record(gpu, () => {
    // One branch at a time, each with a gradient of its own.
    const h = () => layerNorm(x, { eps: 1e-6 });
    const parts = [() => x, ...[q, k, v].map((w) => () => linear(h(), w))]
      .map((g) => {
        const y = g();
        return y === x ? dy : gradients(y, dy, [x])[0]!;
      });
    return parts.reduce(add).keep();
  });
  plan.run();
  apart.run();
  const [got, want] = await readAll(gpu, [plan.result, apart.result]);
  assertClose(got!, want!, 1e-5);
});

for (const D of [6, 8]) {
  Deno.test(`the gradients of a weight [${D}, ${D}] that is used twice add up`, async () => {
    const times = (x: number[], W: number[]) =>
      x.map((_, i) => {
        const [r, c] = [Math.floor(i / D), i % D];
        let sum = 0;
        for (let k = 0; k < D; k++) sum += x[r * D + k]! * W[c * D + k]!;
        return sum;
      });
    await checkOp(
      (x, W) => linear(linear(x!, W!), W!),
      [[3, D], [D, D]],
      ([x, W]) => times(times(x!, W!), W!),
    );
  });
}

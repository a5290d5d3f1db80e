import { assert, assertRejects, assertThrows } from "@std/assert";
import { type GpuOptions, openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { checkOp, type CheckOptions, uniform } from "../tests/check.ts";
import { checkCase } from "../tests/check_case.ts";
import { attention, type AttentionPrecision } from "./attention.ts";
import { permute } from "./axes.ts";
import { gradients, reshape } from "./op.ts";
import { fromArray, pinned, readAll, Tensor } from "./tensor.ts";

interface Sizes {
  readonly B: number;
  readonly lq: number;
  readonly lk: number;
  readonly H: number;
  readonly Dh: number;
}

/** The definition in plain numbers; `mask` [B, lk], `bias` [1 or B, H, lq, lk]. */
function reference(
  [q, k, v, mask, bias]: (ArrayLike<number> | undefined)[],
  { B, lq, lk, H, Dh }: Sizes,
): number[] {
  const y = new Array<number>(B * lq * H * Dh).fill(0);
  const keys = Array.from({ length: lk }, (_, j) => j);
  for (let b = 0; b < B; b++) {
    for (let h = 0; h < H; h++) {
      for (let i = 0; i < lq; i++) {
        const row = ((b * lq + i) * H + h) * Dh;
        const weights = keys.map((j) => {
          if (mask?.[b * lk + j] === 0) return 0;
          const at = ((b * lk + j) * H + h) * Dh;
          let s = 0;
          for (let d = 0; d < Dh; d++) s += q![row + d]! * k![at + d]!;
          const shared = bias?.length === H * lq * lk;
          const z = ((shared ? h : b * H + h) * lq + i) * lk + j;
          return Math.exp(s / Math.sqrt(Dh) + (bias?.[z] ?? 0));
        });
        const total = weights.reduce((a, w) => a + w, 0);
        if (total === 0) continue;
        for (const j of keys) {
          const at = ((b * lk + j) * H + h) * Dh;
          for (let d = 0; d < Dh; d++) {
            y[row + d]! += weights[j]! / total * v![at + d]!;
          }
        }
      }
    }
  }
  return y;
}

function check(
  sizes: Sizes,
  options: CheckOptions & { masked?: boolean; biases?: number } = {},
): Promise<void> {
  const { B, lq, lk, H, Dh } = sizes;
  const { masked = false, biases = 0, ...rest } = options;
  const shapes = [
    [B, lq, H, Dh],
    [B, lk, H, Dh],
    [B, lk, H, Dh],
    ...(masked ? [[B, lk]] : []),
    ...(biases ? [[biases, H, lq, lk]] : []),
  ];
  const extras = <T>(inputs: T[]) => ({
    keyMask: masked ? inputs[3] : undefined,
    bias: biases ? inputs.at(-1) : undefined,
  });
  return checkOp(
    (...x) => attention(x[0]!, x[1]!, x[2]!, extras(x)),
    shapes,
    (x) => {
      const { keyMask, bias } = extras(x);
      return reference([x[0], x[1], x[2], keyMask, bias], sizes);
    },
    {
      values: (v, input) => masked && input === 3 ? Number(v > -0.5) : 2 * v,
      gradientsOf: [0, 1, 2, ...(biases ? [masked ? 4 : 3] : [])],
      ...rest,
    },
  );
}

/** Recorded cases keep heads before tokens. */
const swap = (x: Tensor) => permute(x, [0, 2, 1, 3]);

for (const without of [[], ["subgroups"]] as const) {
  const form = without.length ? "plain threads" : "subgroups";
  const gpu = { without };

  Deno.test(`attention() agrees with torch, with ${form}`, async () => {
    const op = (q?: Tensor, k?: Tensor, v?: Tensor) =>
      swap(attention(swap(q!), swap(k!), swap(v!)));
    await checkCase("ops/sdpa_plain", ["q", "k", "v"], op, { gpu });
    await checkCase("ops/sdpa_cross", ["q", "k", "v"], op, { gpu });
    await checkCase(
      "ops/sdpa_keymask",
      ["q", "k", "v"],
      (q, k, v, mask) => {
        const keyMask = reshape(mask!, [2, 14]);
        return swap(attention(swap(q!), swap(k!), swap(v!), { keyMask }));
      },
      { gpu, fixed: ["mask"] },
    );
    await checkCase(
      "ops/sdpa_bias",
      ["q", "k", "v", "bias"],
      (q, k, v, bias) =>
        swap(attention(swap(q!), swap(k!), swap(v!), { scale: 1, bias })),
      { gpu },
    );
  });

  for (const Dh of [6, 24]) {
    Deno.test(`attention() of heads of ${Dh} matches its definition, with ${form}`, async () => {
      await check({ B: 2, lq: 19, lk: 5, H: 3, Dh }, { gpu });
    });
  }

  Deno.test(`attention() takes a mask and a bias for every batch, with ${form}`, async () => {
    const sizes = { B: 2, lq: 5, lk: 37, H: 2, Dh: 8 };
    await check(sizes, { gpu, masked: true, biases: 2 });
  });

  Deno.test(`attention() gives zeros without any key, with ${form}`, async () => {
    await check({ B: 2, lq: 4, lk: 9, H: 1, Dh: 4 }, {
      gpu,
      masked: true,
      values: (v, input) => input === 3 ? 0 : v,
    });
  });
}

Deno.test("attention() takes heads of 128 columns", async () => {
  await check({ B: 1, lq: 9, lk: 18, H: 1, Dh: 128 });
});

Deno.test("attention() takes larger tiles for longer sequences", async () => {
  await check({ B: 1, lq: 40, lk: 35, H: 1, Dh: 32 });
});

Deno.test("attention() survives scores of several hundreds", async () => {
  await check({ B: 1, lq: 5, lk: 20, H: 1, Dh: 16 }, {
    values: (v, input) => input < 2 ? 12 * v : v,
    gradientsOf: [2],
  });
});

// A column that all keys share, which int8 alone would spend its bits on.
const SHIFT = 6;

for (const Dh of [12, 16, 40, 96, 128]) {
  Deno.test(`attention() in f16 and int8 stays close to f32, in heads of ${Dh}`, async () => {
    const sizes = { B: 2, lq: 21, lk: 43, H: 2, Dh };
    const off = await errors(sizes, {});
    assert(off.f32 < 1e-5, `f32 is off by ${off.f32}`);
    assert(off.f16 < 1e-3, `f16 is off by ${off.f16}`);
    assert(off.int8 < 1e-2, `int8 is off by ${off.int8}`);
  });
}

Deno.test("attention() in f16 and int8 takes a mask and a bias", async () => {
  const sizes = { B: 2, lq: 21, lk: 43, H: 2, Dh: 32 };
  const off = await errors(sizes, { masked: true, biased: true });
  assert(off.f16 < 1e-3, `f16 is off by ${off.f16}`);
  assert(off.int8 < 1e-2, `int8 is off by ${off.int8}`);
});

Deno.test("attention() without subgroups computes in f32, whatever precision is allowed", async () => {
  const sizes = { B: 1, lq: 5, lk: 9, H: 2, Dh: 16 };
  const off = await errors(sizes, { gpu: { without: ["subgroups"] } });
  assert(off.int8 < 1e-5, `int8 is off by ${off.int8}`);
});

/** Root mean square error of each precision, relative to that of the output. */
async function errors(
  sizes: Sizes,
  { masked = false, biased = false, gpu: options = {} }: {
    readonly masked?: boolean;
    readonly biased?: boolean;
    readonly gpu?: GpuOptions;
  },
): Promise<Record<AttentionPrecision, number>> {
  const { B, lq, lk, H, Dh } = sizes;
  const random = uniform(7);
  const numbers = (n: number, f: (v: number, i: number) => number) =>
    Array.from({ length: n }, (_, i) => Math.fround(f(random(), i)));
  const q = numbers(B * lq * H * Dh, (v) => 2 * v);
  const k = numbers(B * lk * H * Dh, (v, i) => 2 * v + (i % Dh ? 0 : SHIFT));
  const v = numbers(B * lk * H * Dh, (v) => v);
  const mask = masked ? numbers(B * lk, (v) => Number(v > -0.5)) : undefined;
  const bias = biased ? numbers(H * lq * lk, (v) => v) : undefined;
  const want = reference([q, k, v, mask, bias], sizes);
  using gpu = await openGpu(options);
  const load = (shape: number[], x: number[]) => fromArray(gpu, shape, x);
  const inputs = [
    load([B, lq, H, Dh], q),
    load([B, lk, H, Dh], k),
    load([B, lk, H, Dh], v),
  ] as const;
  const precisions = ["f32", "f16", "int8"] as const;
  using plan = await record(
    gpu,
    () =>
      precisions.map((precision) =>
        attention(...inputs, {
          precision,
          keyMask: mask && load([B, lk], mask),
          bias: bias && load([1, H, lq, lk], bias),
        }).keep()
      ),
  );
  plan.run();
  const got = await readAll(gpu, plan.result);
  const size = Math.hypot(...want);
  const off = (y: Float32Array) =>
    Math.hypot(...y.map((v, i) => v - want[i]!)) / size;
  return { f32: off(got[0]!), f16: off(got[1]!), int8: off(got[2]!) };
}

Deno.test("attention() in int8 says that it has no gradient", async () => {
  using gpu = await openGpu();
  const q = pinned([1, 4, 1, 8]);
  await assertRejects(
    () =>
      record(gpu, () => {
        const y = attention(q, q, q, { precision: "int8" });
        return gradients(y, y, [q]);
      }),
    RangeError,
    "Cannot differentiate attention of precision int8: gradients take f32",
  );
});

Deno.test("attention() takes memory in proportion to the tokens, forward and backward", async () => {
  using gpu = await openGpu();
  const bytes = async (L: number) => {
    const x = pinned([1, L, 2, 16]);
    using plan = await record(gpu, () => {
      const y = attention(x, x, x);
      const packed = attention(x, x, x, { precision: "int8" });
      return [packed.keep(), gradients(y, y, [x])[0]!.keep()];
    });
    return plan.requestedBytes;
  };
  const [few, many] = [await bytes(256), await bytes(1024)];
  assert(many <= 4.1 * few, `4 x the tokens take ${many} bytes, not ${few}`);
});

Deno.test("attention() says which shapes do not fit", () => {
  const q = new Tensor([1, 4, 2, 8]);
  assertThrows(
    () => attention(q, new Tensor([1, 4, 2, 4]), q),
    RangeError,
    "k [1,4,2,4]",
  );
  assertThrows(
    () => attention(q, q, q, { keyMask: new Tensor([4]) }),
    RangeError,
    "keyMask [1,4], not [4]",
  );
});

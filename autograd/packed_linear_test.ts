import { assertEquals, assertThrows } from "@std/assert";
import { type Gpu, openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { assertClose } from "../tests/assert_close.ts";
import { uniform } from "../tests/check.ts";
import { fakeQuantActivation } from "./fake_quant_activation.ts";
import { linear } from "./linear.ts";
import { type Epilogue, epilogue } from "./linear_epilogue.ts";
import { packWeight, unpackWeight } from "./pack_weight.ts";
import { packedLayer, packedLinear, packedLinears } from "./packed_linear.ts";
import { fromArray, pinned, readAll, readWords, Tensor } from "./tensor.ts";

interface Layer {
  readonly M: number;
  readonly K: number;
  readonly N: number;
  readonly weights: number;
  readonly activations: number;
  readonly groupSize?: number;
  readonly bias?: boolean;
}

/** Inputs of a random layer with ranges, seeded. */
function layer(
  gpu: Gpu,
  { M, K, N, weights, groupSize = K, bias = true }: Layer,
) {
  const random = uniform(M + K + N);
  const tensor = (shape: number[], f = (v: number) => v) =>
    fromArray(
      gpu,
      shape,
      Array.from({ length: shape.reduce((a, b) => a * b) }, () => f(random())),
    );
  const count = 2 ** weights;
  const groups = [N, Math.ceil(K / groupSize)];
  return {
    x: tensor([2, M / 2, K], (v) => 3 * v + 1),
    codes: tensor([N, K], (v) => Math.floor((v + 1) / 2 * count)),
    scale: tensor(groups, (v) => (2 + v * 0.5) / count),
    zero: tensor(groups, (v) => count / 2 + v),
    ...(bias ? { bias: tensor([N]) } : {}),
    gate: tensor([2, N]),
    residual: tensor([2, M / 2, N]),
    ranges: {
      upper: tensor([5], (v) => 3 + v),
      lower: tensor([5], (v) => 3 + v),
      index: pinned([2], "u32").write(gpu, Uint32Array.of(4, 1)),
    },
  };
}

async function comparesToFloats(
  size: Layer,
  without: readonly "subgroups"[] = [],
) {
  using gpu = await openGpu({ without });
  const { x, codes, scale, zero, bias, ranges } = layer(gpu, size);
  const activation = { bits: size.activations, ranges };
  using plan = await record(gpu, () => {
    const packed = packWeight(codes, size.weights, size.groupSize);
    const made = packedLayer(packed, { scale, zero, bias }, activation);
    const weight = unpackWeight(packed, { scale, zero });
    const fake = linear(fakeQuantActivation(x, activation), weight, bias);
    return [packedLinear(x, made), fake].map((t) => t.keep());
  });
  plan.run();
  const [y, fake] = await readAll(gpu, plan.result);
  assertClose(y!, fake!, { relToMax: 3e-6 });
}

const SIZES: Layer[] = [
  { M: 34, K: 64, N: 140, weights: 4, activations: 4 },
  { M: 6, K: 40, N: 21, weights: 4, activations: 4, bias: false },
  { M: 18, K: 45, N: 9, weights: 4, activations: 3 },
  { M: 34, K: 160, N: 130, weights: 3, activations: 3 },
  { M: 10, K: 50, N: 33, weights: 3, activations: 4 },
  { M: 70, K: 96, N: 70, weights: 4, activations: 8 },
  { M: 4, K: 43, N: 7, weights: 3, activations: 6 },
  { M: 2, K: 700, N: 12, weights: 4, activations: 4 },
  { M: 22, K: 330, N: 37, weights: 8, activations: 8 },
  { M: 12, K: 75, N: 10, weights: 6, activations: 6 },
  { M: 10, K: 33, N: 5, weights: 2, activations: 4 },
  { M: 14, K: 70, N: 6, weights: 5, activations: 7 },
  { M: 34, K: 256, N: 40, weights: 4, activations: 4, groupSize: 64 },
  { M: 12, K: 150, N: 19, weights: 3, activations: 3, groupSize: 64 },
  { M: 4, K: 100, N: 33, weights: 8, activations: 8, groupSize: 32 },
];

for (const size of SIZES) {
  const { M, K, N, weights, activations, groupSize } = size;
  const groups = groupSize ? ` in groups of ${groupSize}` : "";
  const name = `W${weights}A${activations} ${M}x${K}x${N}${groups}`;
  Deno.test(`packedLinear() equals the fake-quantised layer, ${name}`, () =>
    comparesToFloats(size));
  Deno.test(`packedLinear() equals it without subgroups, ${name}`, () =>
    comparesToFloats(size, ["subgroups"]));
}

/** Code k of token m that is exact: tokens hold whole numbers with the range [0, P]. */
function token(m: number, k: number, K: number, P: number): number {
  if (m % 3 === 1) return k === K - 1 ? P : 0; // one code only: least elsewhere
  if (k === 0) return 0;
  if (m % 3 === 2 || k === 1) return P;
  return (k * (m + 1) + m) % (P + 1);
}

/** Weight codes: rows of the greatest, of the least, and of all in turn. */
function weight(n: number, k: number, P: number): number {
  return n === 0 ? P : n === 1 ? 0 : (3 * k + n) % (P + 1);
}

const WIDTHS = [[3, 3], [4, 4], [4, 6], [4, 8], [8, 8], [2, 5]] as const;

for (const [weights, activations] of WIDTHS) {
  for (const without of [[], ["subgroups"]] as const) {
    const how = without.length ? " without subgroups" : "";
    Deno.test(`packedLinear() is exact for all codes of W${weights}A${activations}${how}`, async () => {
      const [M, K, N] = [19, 13_824, 6];
      const [P, Q] = [2 ** activations - 1, 2 ** weights - 1];
      const x = Float32Array.from(
        { length: M * K },
        (_, i) => token(Math.floor(i / K), i % K, K, P),
      );
      const codes = Float32Array.from(
        { length: N * K },
        (_, i) => weight(Math.floor(i / K), i % K, Q),
      );
      // Zeros at the middle of the codes keep sums within what f32 tells apart.
      const middle = 2 ** (weights - 1);
      using gpu = await openGpu({ without });
      const scale = fromArray(gpu, [N], new Float32Array(N).fill(1));
      const zero = fromArray(gpu, [N], new Float32Array(N).fill(middle));
      const tx = fromArray(gpu, [M, K], x);
      const tc = fromArray(gpu, [N, K], codes);
      using plan = await record(gpu, () => {
        const made = packedLayer(
          packWeight(tc, weights),
          { scale, zero },
          { bits: activations, rangeRatio: 1 },
        );
        return packedLinear(tx, made).keep();
      });
      plan.run();
      const [y] = await readAll(gpu, [plan.result]);
      const want = Array.from({ length: M * N }, (_, i) => {
        const [m, n] = [Math.floor(i / N), i % N];
        let sum = 0;
        for (let k = 0; k < K; k++) {
          sum += x[m * K + k]! * (codes[n * K + k]! - middle);
        }
        return Math.fround(sum);
      });
      // Sums are whole numbers anywhere; the step of a token is a quotient, which
      // WGSL lets a GPU round by two and a half units in the last place.
      if (gpu.traits.software) assertEquals([...y!], want);
      else assertClose(y!, want, { relToMax: 3e-7 });
    });
  }
}

const FINISHES = ["gelu", "silu", undefined] as const;

for (const N of [40, 21]) {
  for (const without of [[], ["subgroups"]] as const) {
    const how = without.length ? " without subgroups" : "";
    Deno.test(`packedLinear() finishes ${N} outputs as linear() does${how}`, async () => {
      using gpu = await openGpu({ without });
      const size = { M: 18, K: 64, N, weights: 4, activations: 4 };
      const { x, codes, scale, zero, ranges, gate, residual } = layer(
        gpu,
        size,
      );
      const options: Epilogue[] = FINISHES.flatMap((activation) => [
        { activation },
        { activation, gate },
        { activation, residual },
        { activation, gate, residual },
      ]);
      using plan = await record(gpu, () => {
        const packed = packWeight(codes, 4);
        const made = packedLayer(packed, { scale, zero }, { bits: 4, ranges });
        const plain = packedLinear(x, made);
        return options.flatMap((o) => [
          packedLinear(x, made, o).keep(),
          epilogue(plain, o).keep(),
        ]);
      });
      plan.run();
      const got = await readAll(gpu, plan.result);
      for (const i of options.keys()) {
        assertClose(got[2 * i]!, got[2 * i + 1]!, { relToMax: 3e-6 });
      }
    });
  }
}

Deno.test("packedLinear() writes halves", async () => {
  using gpu = await openGpu();
  const size = { M: 10, K: 64, N: 12, weights: 4, activations: 4 };
  const { x, codes, scale, zero, ranges, residual } = layer(gpu, size);
  using plan = await record(gpu, () => {
    const packed = packWeight(codes, 4);
    const made = packedLayer(packed, { scale, zero }, { bits: 4, ranges });
    return {
      whole: packedLinear(x, made, { residual }).keep(),
      half: packedLinear(x, made, { residual, dtype: "f16" }).keep(),
    };
  });
  plan.run();
  const { whole, half } = plan.result;
  const [want] = await readAll(gpu, [whole]);
  const [words] = await readWords(gpu, [half]);
  const got = Float32Array.from(new Float16Array(words!.buffer));
  assertClose(got, want!, { relToMax: 1e-3 });
});

Deno.test("packedLinears() quantises once for layers that differ in ranges", async () => {
  using gpu = await openGpu();
  const size = { M: 26, K: 96, N: 20, weights: 4, activations: 4 };
  const { x, scale, zero, ranges, codes } = layer(gpu, size);
  const upper = [-2, 0, 1, 4].map((v) =>
    fromArray(gpu, [5], new Float32Array(5).fill(v))
  );
  using plan = await record(gpu, () => {
    const packed = packWeight(codes, 4);
    const layers = upper.map((upper, i) =>
      packedLayer(packed, { scale, zero }, {
        bits: i === 1 ? 3 : 4,
        ranges: { ...ranges, upper },
      })
    );
    const together = packedLinears(x, layers);
    const apart = layers.map((made) => packedLinear(x, made));
    return [...together, ...apart].map((t) => t.keep());
  });
  assertEquals(
    plan.steps.filter((s) => s.label.includes("quantize_rows")).length,
    2 + 4,
  );
  plan.run();
  const got = await readAll(gpu, plan.result);
  assertEquals(got.slice(0, 4), got.slice(4));
});

Deno.test("packedLayer() says what it takes", () => {
  const codes = { qweight: new Tensor([2, 2], "u32"), bits: 9, inputs: 10 };
  const grid = { scale: new Tensor([2]), zero: new Tensor([2]) };
  assertThrows(
    () => packedLayer(codes, grid, { bits: 4 }),
    RangeError,
    "weights and activations of 2 to 8 bits, found W9A4",
  );
  assertThrows(
    () => packedLayer({ ...codes, bits: 4, inputs: 20 }, grid, { bits: 4 }),
    RangeError,
    "20 inputs of 4 bits take u32 [2,3]",
  );
  assertThrows(
    () => packedLayer({ ...codes, bits: 5, groupSize: 8 }, grid, { bits: 4 }),
    RangeError,
    "Cannot use groups of 8 inputs",
  );
});

for (const without of [[], ["subgroups"]] as const) {
  Deno.test(`an f16 result is rounded after its epilogue, ${without[0] ? "without" : "with"} subgroups`, async () => {
    using gpu = await openGpu({ without });
    const size = { M: 34, K: 64, N: 140, weights: 4, activations: 4 };
    for (const groupSize of [64, 32]) {
      const { x, codes, ranges, residual } = layer(gpu, size);
      // Products of 1e5 and more, which a half cannot hold; results of 100.
      const grids = [size.N, 64 / groupSize];
      const full = (shape: number[], value: number) =>
        fromArray(gpu, shape, Array(shape[0]! * shape[1]!).fill(value));
      const grid = { scale: full(grids, 9000), zero: full(grids, 8) };
      const gate = full([2, size.N], 1e-3);
      using plan = await record(gpu, () => {
        const packed = packWeight(codes, 4, groupSize);
        const activation = { bits: 4, ranges };
        const made = packedLayer(packed, grid, activation);
        const options = { activation: "gelu", gate, residual } as const;
        return {
          half: packedLinear(x, made, { ...options, dtype: "f16" }).keep(),
          full: packedLinear(x, made, options).keep(),
        };
      });
      plan.run();
      const [half] = await readWords(gpu, [plan.result.half]);
      const want = await plan.result.full.read(gpu);
      const got = Float32Array.from(new Float16Array(half!.buffer));
      assertEquals(want.some((v) => Math.abs(v) > 100), true);
      assertClose(got, want, { relToMax: 5e-4 });
    }
  });
}

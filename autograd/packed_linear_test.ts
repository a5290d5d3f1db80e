import { assertEquals, assertThrows } from "@std/assert";
import { type Gpu, openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { assertClose } from "../tests/assert_close.ts";
import { uniform } from "../tests/check.ts";
import { fakeQuantActivation } from "./fake_quant_activation.ts";
import { fakeQuantWeight, weightCodes } from "./fake_quant_weight.ts";
import { linear } from "./linear.ts";
import { codeSums, packWeight, unpackWeight } from "./pack_weight.ts";
import { packedLinear } from "./packed_linear.ts";
import { fromArray, pinned, readAll, Tensor } from "./tensor.ts";

interface Layer {
  readonly M: number;
  readonly K: number;
  readonly N: number;
  readonly weights: number;
  readonly activations: number;
  readonly bias?: boolean;
}

/** Inputs of a random layer with clips, seeded. */
function layer(gpu: Gpu, { M, K, N, weights, bias = true }: Layer) {
  const random = uniform(M + K + N);
  const list = (n: number, f = (v: number) => v) =>
    Float32Array.from({ length: n }, () => f(random()));
  const tensor = (shape: number[], f?: (v: number) => number) =>
    fromArray(gpu, shape, list(shape.reduce((a, b) => a * b), f));
  const top = 2 ** weights - 1;
  return {
    x: tensor([2, M / 2, K], (v) => 3 * v + 1),
    w: tensor([N, K]),
    scale: tensor([N, 1], (v) => (2 + v * 0.5) / top),
    zero: tensor([N, 1], (v) => top / 2 + v),
    ...(bias ? { bias: tensor([N]) } : {}),
    clips: {
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
  const { x, w, scale, zero, bias, clips } = layer(gpu, size);
  const quantizer = { scale, zero, bits: size.weights };
  const activation = { bits: size.activations, clips };
  using plan = await record(gpu, () => {
    const packed = packWeight(weightCodes(w, quantizer), size.weights);
    const rowSums = codeSums(packed);
    const rest = { scale, zero, rowSums, ...(bias ? { bias } : {}) };
    const y = packedLinear(x, { ...packed, ...rest }, activation);
    const wq = fakeQuantWeight(w, quantizer);
    const fake = linear(fakeQuantActivation(x, activation), wq, bias);
    const unpacked = unpackWeight(packed, { scale, zero });
    return [y, fake, unpacked, wq].map((t) => t.keep());
  });
  plan.run();
  const [y, fake, unpacked, wq] = await readAll(gpu, plan.result);
  assertClose(y!, fake!, { relToMax: 3e-6 });
  assertEquals(unpacked, wq);
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
];

for (const size of SIZES) {
  const { M, K, N, weights, activations } = size;
  const name = `W${weights}A${activations} ${M}x${K}x${N}`;
  Deno.test(`packedLinear() equals the fake-quantised layer, ${name}`, () =>
    comparesToFloats(size));
  Deno.test(`packedLinear() equals it without subgroups, ${name}`, () =>
    comparesToFloats(size, ["subgroups"]));
}

for (const bits of [3, 4]) {
  for (const without of [[], ["subgroups"]] as const) {
    const how = without.length ? " without subgroups" : "";
    Deno.test(`packedLinear() is exact for all codes of ${bits} bits${how}`, async () => {
      // Tokens that are whole numbers with the range [0, P], so s = 1 and z = 0:
      // rows of all codes in turn, and rows of the greatest code only.
      const [M, K, N] = [34, 2080, 5];
      const P = 2 ** bits - 1;
      const x = new Float32Array(M * K).map((_, i) => {
        const [m, k] = [Math.floor(i / K), i % K];
        return k === 0 ? 0 : m % 2 || k === 1 ? P : (k * (m + 1) + m) % (P + 1);
      });
      const codes = new Float32Array(N * K).map((_, i) =>
        i < K ? P : (3 * i) % (P + 1)
      );
      using gpu = await openGpu({ without });
      const scale = fromArray(gpu, [N], new Float32Array(N).fill(1));
      const zero = fromArray(gpu, [N], new Float32Array(N));
      const [tx, tc] = [
        fromArray(gpu, [M, K], x),
        fromArray(gpu, [N, K], codes),
      ];
      using plan = await record(gpu, () => {
        const packed = packWeight(tc, bits);
        return packedLinear(
          tx,
          { ...packed, scale, zero, rowSums: codeSums(packed) },
          { bits, clipRatio: 1 },
        ).keep();
      });
      plan.run();
      const [y] = await readAll(gpu, [plan.result]);
      const want = Array.from({ length: M * N }, (_, i) => {
        const [m, n] = [Math.floor(i / N), i % N];
        let sum = 0;
        for (let k = 0; k < K; k++) sum += x[m * K + k]! * codes[n * K + k]!;
        return sum;
      });
      assertEquals([...y!], want);
    });
  }
}

Deno.test("packedLinear() says which bits it takes", () => {
  const weight = {
    qweight: new Tensor([2, 2], "u32"),
    bits: 5,
    inputs: 10,
    scale: new Tensor([2]),
    zero: new Tensor([2]),
    rowSums: new Tensor([2]),
  };
  assertThrows(
    () => packedLinear(new Tensor([1, 10]), weight, { bits: 4 }),
    RangeError,
    "weights of 3 or 4 bits",
  );
  assertThrows(
    () =>
      packedLinear(new Tensor([1, 10]), { ...weight, bits: 4, inputs: 20 }, {
        bits: 4,
      }),
    RangeError,
    "20 inputs of 4 bits take u32 [2,3]",
  );
});

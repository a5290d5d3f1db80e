import { assert, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../core/errors.ts";
import { type Gpu, openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { assertClose } from "../tests/assert_close.ts";
import { uniform } from "../tests/check.ts";
import { fakeQuantActivation } from "./fake_quant_activation.ts";
import { fakeQuantWeight } from "./fake_quant_weight.ts";
import { gelu } from "./unary.ts";
import { reshape } from "./op.ts";
import { linear } from "./linear.ts";
import {
  quantizeLinear,
  type QuantizeLinearOptions,
} from "./quantize_linear.ts";
import { fromArray, readAll, readWords } from "./tensor.ts";

const [M, K, N] = [6, 64, 5];

function tensors(gpu: Gpu) {
  const random = uniform(7);
  const tensor = (shape: number[]) =>
    fromArray(
      gpu,
      shape,
      Array.from({ length: shape.reduce((a, b) => a * b) }, random),
    );
  return { x: tensor([2, M / 2, K]), W: tensor([N, K]), bias: tensor([N]) };
}

/** Relative root mean square error against the layer in f32. */
async function error(
  bits: number | string,
  options: QuantizeLinearOptions = {},
): Promise<number> {
  using gpu = await openGpu();
  const { x, W, bias } = tensors(gpu);
  using plan = await record(gpu, () => {
    const quantized = quantizeLinear(W, bits, { ...options, bias }).keep();
    return {
      quantized,
      y: quantized.forward(x).keep(),
      exact: linear(x, W, bias).keep(),
    };
  });
  plan.run();
  const { quantized, ...kept } = plan.result;
  const [y, exact] = await readAll(gpu, [kept.y, kept.exact]);
  assertEquals(quantized.scale.size, N * K / (options.groupSize ?? K));
  const [words] = await readWords(gpu, [quantized.qweight]);
  assert(words!.some((word) => word !== 0));
  const square = (values: Float32Array) =>
    values.reduce((s, v) => s + v * v, 0);
  return Math.sqrt(square(y!.map((v, i) => v - exact![i]!)) / square(exact!));
}

Deno.test("quantizeLinear() is the layer of the quantisers that train it, on codes", async () => {
  using gpu = await openGpu();
  const { x, W, bias } = tensors(gpu);
  using first = await record(
    gpu,
    () => quantizeLinear(W, "W4A6", { bias }).keep(),
  );
  first.run();
  const quantized = first.result;
  using plan = await record(gpu, () => {
    const { scale, zero } = quantized;
    const w = fakeQuantWeight(W, { scale, zero, bits: 4 });
    const tokens = fakeQuantActivation(x, { bits: 6, rangeRatio: 1 });
    return [
      quantized.forward(x, { activation: "gelu" }).keep(),
      gelu(linear(tokens, w, bias)).keep(),
      quantized.weight().keep(),
      w.keep(),
    ];
  });
  plan.run();
  const [y, wanted, weight, w] = await readAll(gpu, plan.result);
  assertClose(y!, wanted!, { abs: 1e-4 });
  assertClose(weight!, w!, { abs: 1e-6 });
});

Deno.test("quantizeLinear() comes closer to f32 with more bits and with groups", async () => {
  const [w3, w4, w8] = [await error(3), await error("W4A4"), await error(8)];
  assert(w8 < 0.01 && w8 < w4 && w4 < w3 && w3 < 0.4, `${[w8, w4, w3]}`);
  assert(await error("W3A8", { groupSize: 32 }) < await error("W3A8"));
});

Deno.test("quantizeLinear() refuses bits and groups that there are not", async () => {
  using gpu = await openGpu();
  const { W } = tensors(gpu);
  const tried = (bits: number, options?: QuantizeLinearOptions) => () =>
    record(gpu, () => {
      assertThrows(
        () => quantizeLinear(W, bits, options),
        options ? RangeError : InputError,
        options ? "groups of 48" : 'Bits: found "9"',
      );
    });
  await tried(9)();
  await tried(4, { groupSize: 48 })();
  await record(gpu, () => {
    assertThrows(
      () => quantizeLinear(W, { weights: 9, activations: 4 }),
      InputError,
      'Bits: found "W9A4"',
    );
    assertThrows(
      () => quantizeLinear(reshape(W, [N, 2, K / 2]), 4),
      RangeError,
      "takes a weight [N, K]",
    );
  });
});

Deno.test("a quantised layer that is disposed leaves no memory behind", async () => {
  using gpu = await openGpu();
  const { W } = tensors(gpu);
  const { pinned } = gpu.pool.bytes;
  {
    using plan = await record(gpu, () => quantizeLinear(W, 4).keep());
    using _layer = plan.result;
    plan.run();
    assert(gpu.pool.bytes.pinned > pinned);
  }
  assertEquals(gpu.pool.bytes.pinned, pinned);
});

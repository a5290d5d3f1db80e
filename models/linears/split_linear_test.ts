import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { gradients } from "../../autograd/op.ts";
import { fromArray, readAll, type Tensor } from "../../autograd/tensor.ts";
import { type Gpu, openGpu } from "../../gpu/device.ts";
import { record } from "../../gpu/record.ts";
import { pretend } from "../../tests/every_form.ts";
import { assertClose } from "../../tests/assert_close.ts";
import { uniform } from "../../tests/check.ts";
import { HalfLinear } from "./half_linear.ts";
import { Linear } from "./linear.ts";
import { load, MemorySource } from "../weights/load.ts";
import { loadLowBit, type LowBitLinear } from "./low_bit_linear.ts";
import { rowsThatFit } from "./split_linear.ts";

const [N, K] = [90, 48];

function random(shape: readonly number[], seed: number) {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  return { shape, data: data.map(uniform(seed)) };
}

const source = new MemorySource(
  "memory",
  new Map([["weight", random([N, K], 1)], ["bias", random([N], 2)]]),
);

/** A GPU as if it bound no more than `maxBindingBytes` at once. */
async function limited(maxBindingBytes: number): Promise<Gpu> {
  const gpu = await openGpu();
  pretend(gpu, { maxBindingBytes });
  return gpu;
}

async function run(
  gpu: Gpu,
  forward: (x: Tensor) => Tensor,
): Promise<Float32Array> {
  const { shape, data } = random([3, K], 3);
  const x = fromArray(gpu, shape, data);
  using plan = await record(gpu, () => forward(x).keep());
  plan.run();
  return (await readAll(gpu, [plan.result]))[0]!;
}

for (const kind of [Linear, HalfLinear]) {
  Deno.test(`a ${kind.name} larger than a binding is bound in parts of its rows`, async () => {
    using gpu = await openGpu();
    using small = await limited((kind === Linear ? 4 : 2) * K * 40);
    const [whole, split] = [0, 1].map(() => {
      const plain = new Linear(K, N);
      return kind === Linear ? plain : new HalfLinear(plain);
    }) as [Linear, Linear];
    await load(gpu, whole, source);
    await load(small, split, source);
    const got = await run(small, (x) => split.forward(x));
    const want = await run(gpu, (x) => whole.forward(x));
    assertClose(got, want, { relToMax: 1e-6 });
  });
}

Deno.test("a low-bit linear is quantised and widened in parts that bind", async () => {
  using gpu = await openGpu();
  using small = await limited(4 * K * 40);
  const ys = [];
  for (const one of [gpu, small]) {
    const model: { up: Linear | LowBitLinear } = { up: new Linear(K, N) };
    const named = [...source.tensors].map(([name, t]) =>
      [`up.${name}`, t] as const
    );
    await loadLowBit(one, model, new MemorySource("", new Map(named)), 8);
    ys.push(await run(one, (x) => model.up.forward(x)));
  }
  assertClose(ys[1]!, ys[0]!, { relToMax: 1e-6 });
});

Deno.test("parts have as many rows as bind, and begin where bindings may", () => {
  const weight = new Linear(K, N).weight; // 192 bytes a row
  assertEquals(rowsThatFit(weight, 192 * 40), 40);
  assertEquals(rowsThatFit(weight, 192 * 40 - 1), 36);
  assertThrows(() => rowsThatFit(weight, 192 * 4 - 1), RangeError, "over rows");
});

Deno.test("a weight in parts is refused a gradient", async () => {
  using small = await limited(4 * K * 40);
  const layer = new Linear(K, N);
  await load(small, layer, source);
  const x = fromArray(small, [3, K], random([3, K], 3).data);
  await assertRejects(
    () =>
      record(small, () => {
        const y = layer.forward(x);
        return gradients(y, y, [layer.weight]);
      }),
    RangeError,
    "it is bound in parts",
  );
});

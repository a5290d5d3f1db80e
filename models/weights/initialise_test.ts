import { assert, assertEquals, assertThrows } from "@std/assert";
import { readAll } from "../../autograd/tensor.ts";
import { openGpu } from "../../gpu/device.ts";
import { HalfLinear } from "../linears/half_linear.ts";
import { Linear } from "../linears/linear.ts";
import { parameters } from "../module.ts";
import { LayerNorm, RmsNorm } from "../norm.ts";
import { initialise } from "./initialise.ts";

async function valuesOf(seed: number, also = false) {
  using gpu = await openGpu();
  const model = [new Linear(400, 30), new LayerNorm(30, 1e-6)];
  if (also) model.push(new Linear(3, 3));
  initialise(gpu, model, { seed });
  const all = [...parameters(model)];
  const values = await readAll(gpu, all.map(([, tensor]) => tensor));
  return new Map(all.map(([name], i) => [name, values[i]!]));
}

Deno.test("initialise() spreads weights and biases within 1 / sqrt(inputs), and leaves norms neutral", async () => {
  const values = await valuesOf(1);
  const bound = 1 / 20;
  for (
    const [name, deviation] of [["0.weight", 0.02], ["0.bias", 0.2]] as const
  ) {
    const drawn = values.get(name)!;
    assert(drawn.every((value) => Math.abs(value) <= bound), name);
    const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
    assert(Math.abs(mean) < deviation * bound, `${name}: mean ${mean}`);
    const square = drawn.reduce((sum, v) => sum + v * v, 0) / drawn.length;
    assert(Math.abs(square * 3 / bound ** 2 - 1) < 0.4, `${name}: ${square}`);
  }
  assertEquals(values.get("1.weight"), new Float32Array(30).fill(1));
  assertEquals(values.get("1.bias"), new Float32Array(30));
});

Deno.test("initialise() draws by seed and name alone", async () => {
  const first = await valuesOf(1);
  assertEquals(
    (await valuesOf(1, true)).get("0.weight"),
    first.get("0.weight"),
  );
  const other = (await valuesOf(2)).get("0.weight");
  assert(other!.some((value, i) => value !== first.get("0.weight")![i]));
});

Deno.test("initialise() refuses what comes from a checkpoint, by name", async () => {
  using gpu = await openGpu();
  const model = {
    norm: [new RmsNorm(4, 1e-6)],
    half: [new HalfLinear(new Linear(4, 4))],
  };
  assertThrows(
    () => initialise(gpu, [...model.norm, ...model.half]),
    RangeError,
    "Cannot initialise 1.weight: it is a f16, which comes from a checkpoint",
  );
  assertEquals(gpu.pool.bytes.pinned, 0);
});

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  GROUPS_OF_64,
  quantizationOf,
  randomLayer,
} from "../../tests/packed_layer.ts";
import { packedCheckpoint, type PackedTensor } from "./write.ts";

const config = { _class_name: "Tiny" };
const others = new Map();

function bytesOf({ dtype, shape }: PackedTensor): number {
  return shape.reduce((a, b) => a * b, dtype === "F16" ? 2 : 4);
}

for (const bits of [3, 4] as const) {
  Deno.test(`a packed linear takes ${bits} bits a weight, 12 bytes a row, and its ranges`, () => {
    const quantization = quantizationOf(bits);
    const [inputs, outputs] = [75, 6];
    const layers = new Map([
      ["a.b", randomLayer(quantization, { inputs, outputs })],
    ]);
    const { tensors } = packedCheckpoint({
      config,
      quantization,
      layers,
      others,
    });
    const words = Math.ceil(inputs * bits / 32);
    assertEquals(tensors.get("a.b.qweight")?.dtype, "U32");
    assertEquals(tensors.get("a.b.qweight")?.shape, [outputs, words]);
    const rest = [...tensors].filter(([name]) => name !== "a.b.qweight");
    const bytes = rest.reduce((sum, [, tensor]) => sum + bytesOf(tensor), 0);
    assert(bytes <= 12 * outputs + 2 * 4 * 5);
    assertEquals(
      rest.map(([name]) => name.replace("a.b.", "")),
      ["scale", "zero", "bias", "clip_upper", "clip_lower"],
    );
  });
}

Deno.test("scales and zeros of groups are matrices, with one column a group", () => {
  const quantization = { ...quantizationOf(4), ...GROUPS_OF_64 };
  const layer = randomLayer(quantization, { inputs: 150, outputs: 6 });
  const layers = new Map([["a", layer]]);
  const packed = { config, quantization, layers, others };
  const { tensors } = packedCheckpoint(packed);
  assertEquals(tensors.get("a.scale")?.shape, [6, 3]);
  assertEquals(tensors.get("a.zero")?.shape, [6, 3]);
  assertEquals(tensors.get("a.bias")?.shape, [6]);
});

Deno.test("a packed model keeps its config and all other tensors", () => {
  const norm = {
    dtype: "F32",
    shape: [2],
    data: Float32Array.of(1, 2),
  } as const;
  const quantization = quantizationOf(4, 6, 0);
  const layer = randomLayer(quantization, {
    inputs: 8,
    outputs: 1,
    bias: false,
  });
  const packed = packedCheckpoint({
    config,
    quantization,
    layers: new Map([["a", layer]]),
    others: new Map([["norm.weight", norm]]),
  });
  assertEquals(packed.config, { ...config, quantization_config: quantization });
  assertEquals(packed.tensors.get("norm.weight"), norm);
  assertEquals(
    [...packed.tensors.keys()],
    ["norm.weight", "a.qweight", "a.scale", "a.zero"],
  );
});

Deno.test("a layer whose parts do not fit each other is refused", () => {
  const quantization = quantizationOf(4);
  const layer = randomLayer(quantization, { inputs: 8, outputs: 3 });
  const layers = new Map([["a", { ...layer, zero: new Float32Array(2) }]]);
  assertThrows(
    () => packedCheckpoint({ config, quantization, layers, others }),
    RangeError,
    "Cannot pack a: found 2 zeros and 3 biases for 3 scales of 3 outputs",
  );
});

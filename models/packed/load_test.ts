import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { fromArray, readAll } from "../../autograd/tensor.ts";
import { InputError } from "../../core/errors.ts";
import { type Gpu, openGpu } from "../../gpu/device.ts";
import { record } from "../../gpu/record.ts";
import { Checkpoint } from "../../io/checkpoint.ts";
import { writeCheckpoint } from "../../io/checkpoint_writer.ts";
import { assertClose } from "../../tests/assert_close.ts";
import { uniform } from "../../tests/check.ts";
import {
  GROUPS_OF_64,
  quantizationOf,
  randomLayer,
} from "../../tests/packed_layer.ts";
import { inTemporaryFolder } from "../../tests/temporary_folder.ts";
import { Linear, type LinearLayer } from "../linears/linear.ts";
import { Module } from "../module.ts";
import { QuantContext } from "../quant/context.ts";
import { groupsOf, type QuantizationConfig } from "./config.ts";
import { FakeLinear } from "../linears/fake_linear.ts";
import { loadPacked } from "./load.ts";
import { PackedLinear } from "../linears/packed_linear.ts";
import {
  type LayerToPack,
  packedCheckpoint,
  type PackedTensor,
} from "./write.ts";

class OneLinear extends Module {
  readonly to_q: LinearLayer;

  constructor(inputs: number, outputs: number, bias: boolean) {
    super();
    this.to_q = new Linear(inputs, outputs, bias);
  }
}

interface Saved {
  readonly quantization: QuantizationConfig;
  readonly layer: LayerToPack;
  /** Spoils the tensors before they are written. */
  readonly change?: (tensors: Map<string, PackedTensor>) => void;
}

/** Writes a model of one linear and loads it in each form. */
async function withModels(
  gpu: Gpu,
  { quantization, layer, change }: Saved,
  body: (
    load: (form: "packed" | "fake") => Promise<OneLinear>,
    context: QuantContext,
  ) => Promise<void>,
) {
  await inTemporaryFolder(async (parent) => {
    const folder = join(parent, "packed");
    const { config, tensors } = packedCheckpoint({
      config: {},
      quantization: { ...quantization, modules_to_not_convert: [] },
      layers: new Map([["to_q", layer]]),
      others: new Map(),
    });
    change?.(tensors);
    await writeCheckpoint(folder, { config, tensors });
    using source = await Checkpoint.open(folder);
    const context = new QuantContext();
    await body(async (form) => {
      const groups = groupsOf(quantization, layer.inputs);
      const outputs = layer.scale.length / groups;
      const model = new OneLinear(layer.inputs, outputs, !!layer.bias);
      await loadPacked(gpu, model, source, { quantization, context, form });
      return model;
    }, context);
  });
}

interface Size {
  readonly bits: number;
  readonly grouped?: boolean;
  readonly activations?: number;
  readonly groups?: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly bias?: boolean;
}

async function compareForms(
  { bits, activations, groups, grouped, ...size }: Size,
) {
  using gpu = await openGpu();
  const quantization = {
    ...quantizationOf(bits, activations, groups),
    ...(grouped && GROUPS_OF_64),
  };
  const layer = randomLayer(quantization, size);
  await withModels(gpu, { quantization, layer }, async (load, context) => {
    const packed = await load("packed");
    const fake = await load("fake");
    assert(packed.to_q instanceof PackedLinear);
    assert(fake.to_q instanceof FakeLinear);
    const random = uniform(7);
    const shape = [2, 3, size.inputs];
    const values = Array.from({ length: 6 * size.inputs }, random);
    const x = fromArray(gpu, shape, values);
    context.setBatch(2).write(gpu, Uint32Array.of(3, 1));
    using plan = await record(gpu, () => ({
      packed: packed.to_q.forward(x).keep(),
      fake: fake.to_q.forward(x).keep(),
    }));
    plan.run();
    const { result } = plan;
    assertEquals(result.packed.shape, [2, 3, size.outputs]);
    const [y, want, weight] = await readAll(gpu, [
      result.packed,
      result.fake,
      fake.to_q.weight,
    ]);
    assertClose(y!, want!, { relToMax: 3e-6 });
    const { scale, zero, codes } = layer;
    const seen = weight!.map((w, i) => {
      const [row, k] = [Math.floor(i / size.inputs), i % size.inputs];
      const at = grouped
        ? row * groupsOf(quantization, size.inputs) + Math.floor(k / 64)
        : row;
      return Math.round(w / scale[at]! + zero[at]!);
    });
    assertEquals(seen, Float32Array.from(codes as Uint8Array));
  });
}

for (
  const size of [
    { bits: 4, inputs: 64, outputs: 20 },
    { bits: 3, inputs: 64, outputs: 20 },
    { bits: 4, inputs: 45, outputs: 10 },
    { bits: 3, inputs: 45, outputs: 10 },
    { bits: 4, activations: 6, inputs: 33, outputs: 7, bias: false },
    { bits: 3, groups: 0, inputs: 50, outputs: 9 },
    { bits: 4, inputs: 37, outputs: 4100 },
    { bits: 8, activations: 8, inputs: 70, outputs: 12 },
    { bits: 4, grouped: true, inputs: 192, outputs: 20 },
    { bits: 3, grouped: true, inputs: 150, outputs: 7 },
  ] satisfies Size[]
) {
  Deno.test(
    `packed and fake linears hold the same codes and agree: ${
      JSON.stringify(size)
    }`,
    () => compareForms(size),
  );
}

const WRONG: Readonly<
  Record<
    string,
    [change: (tensors: Map<string, PackedTensor>) => void, message: string]
  >
> = {
  "a missing zero": [
    (t) => t.delete("to_q.zero"),
    "1 missing: to_q.zero",
  ],
  "words of other bits": [
    (t) =>
      t.set("to_q.qweight", {
        dtype: "U32",
        shape: [4, 3],
        data: new Uint32Array(12),
      }),
    "to_q.qweight is [4,3], the config takes [4,4]",
  ],
  "codes that are no words": [
    (t) =>
      t.set("to_q.qweight", {
        dtype: "F32",
        shape: [4, 4],
        data: new Float32Array(16),
      }),
    "to_q.qweight is F32, accepted is U32",
  ],
  "an unquantised weight": [
    (t) =>
      t.set("to_q.weight", {
        dtype: "F32",
        shape: [1],
        data: new Float32Array(1),
      }),
    "1 unexpected: to_q.weight",
  ],
};

for (const [what, [change, message]] of Object.entries(WRONG)) {
  Deno.test(`loading a packed model refuses ${what} before any upload`, async () => {
    using gpu = await openGpu();
    const quantization = quantizationOf(4);
    const layer = randomLayer(quantization, { inputs: 32, outputs: 4 });
    await withModels(gpu, { quantization, layer, change }, async (load) => {
      for (const form of ["packed", "fake"] as const) {
        await assertRejects(() => load(form), InputError, message);
      }
    });
    assertEquals(gpu.pool.bytes.pinned, 0);
  });
}

Deno.test("a config that leaves an unknown linear alone is refused with the name that was meant", async () => {
  using gpu = await openGpu();
  const layer = randomLayer(quantizationOf(4), { inputs: 32, outputs: 4 });
  const quantization = {
    ...quantizationOf(4),
    modules_to_not_convert: ["to_p"],
  };
  await withModels(gpu, { quantization, layer }, async (load) => {
    await assertRejects(
      () => load("packed"),
      InputError,
      "leaves to_p alone, but the model has no such linear (did you mean to_q?)",
    );
  });
});

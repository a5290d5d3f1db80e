import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { parseBits } from "../../core/bits.ts";
import { InputError } from "../../core/errors.ts";
import { unpackCodes } from "../../core/packing.ts";
import { Checkpoint } from "../../io/checkpoint.ts";
import { readCase } from "../../tests/read_case.ts";
import { MemorySource } from "../weights/load.ts";
import { type Arithmetic, officialCodes } from "./codes.ts";
import { isOfficial } from "./layers.ts";
import { OfficialAsPacked } from "./packed_view.ts";

const FOLDER = "tests/fixtures/qvgen";

for (const [name, bits] of [["wan_w4a4", 4], ["wan_w3a3", 3]] as const) {
  Deno.test(`${name}: what is packed are the reference's codes, all other tensors stay`, async () => {
    using checkpoint = await Checkpoint.open(`${FOLDER}/${name}`);
    assert(isOfficial(checkpoint));
    const settings = { bits: parseBits(`${bits}`) };
    const packed = new OfficialAsPacked(checkpoint, settings);
    const { json, bytes } = readCase<{ config: { layers: string[] } }>(
      `qvgen/${name}_codes`,
    );
    assertEquals(
      [...packed.layers.keys()].sort(),
      json.config.layers.toSorted(),
    );
    for (const [layer, { inputs }] of packed.layers) {
      const words = await packed.readBytes(`${layer}.qweight`);
      const codes = unpackCodes(new Uint32Array(words.buffer), {
        inputs,
        bits,
      });
      assertEquals(codes, bytes(`codes.${layer}`), layer);
      const perRow = words.length / 4 / (codes.length / inputs);
      const rows = { start: 2 * perRow, count: 3 * perRow };
      const some = await packed.readBytes(`${layer}.qweight`, rows);
      assertEquals(some, words.slice(8 * perRow, 20 * perRow), layer);
    }
    assertEquals(packed.tensors.get("proj_out.clip_upper")?.shape, [50]);
    assertEquals(packed.tensors.get("proj_out.scale")?.shape, [16]);
    assertEquals(
      packed.tensors.get("scale_shift_table")?.shape,
      checkpoint.tensors.get("scale_shift_table")?.shape,
    );
    assert(!packed.tensors.has("proj_out.w"));
  });
}

Deno.test("codes of a bf16 checkpoint are decided in bf16, or in f32 on request", async () => {
  using checkpoint = await Checkpoint.open(`${FOLDER}/wan_w4a4_bf16`);
  const { bytes } = readCase("qvgen/wan_w4a4_bf16_codes");
  const codes = async (arithmetic?: Arithmetic) => {
    const settings = {
      bits: parseBits("4"),
      ...(arithmetic && { arithmetic }),
    };
    return await new OfficialAsPacked(checkpoint, settings).codes("proj_out");
  };
  assertEquals(await codes(), bytes("codes_bf16.proj_out"));
  assertEquals(await codes("f32"), bytes("codes_f32.proj_out"));
});

Deno.test("linears that were skipped are named in the quantization_config", async () => {
  using checkpoint = await Checkpoint.open(`${FOLDER}/wan_w4a4_skip`);
  const packed = new OfficialAsPacked(checkpoint, { bits: parseBits("W4A6") });
  assertEquals(packed.quantization, {
    quant_method: "qvgen",
    weight_bits: 4,
    activation_bits: 6,
    granularity: "per_channel",
    modules_to_not_convert: [
      "condition_embedder.text_embedder.linear_1",
      "condition_embedder.text_embedder.linear_2",
      "condition_embedder.time_embedder.linear_1",
      "condition_embedder.time_embedder.linear_2",
      "condition_embedder.time_proj",
      "proj_out",
    ],
    activation_clips: { rule: "official-count", groups: 50, ratio: 0.95 },
  });
});

Deno.test("halves go to the even code and what lies outside is clamped", () => {
  const w = Float32Array.of(-9, -0.5, 0.5, 1.5, 2.5, 99);
  const scale = Float32Array.of(1, 0.5);
  const zero = Float32Array.of(0, 0.5);
  assertEquals(
    officialCodes({ w, scale, zero }, 3),
    Uint8Array.of(0, 0, 0, 4, 6, 7),
  );
});

const LAYER = {
  "a.w": [2, 3],
  "a.b": [2],
  "a.wquantizer.scale": [2, 1],
  "a.wquantizer.zero_point": [2, 1],
  "a.aquantizer.upper": [5],
  "a.aquantizer.lower": [5],
};

function source(shapes: Readonly<Record<string, readonly number[]>>) {
  return new MemorySource(
    "file",
    new Map(
      Object.entries(shapes).map(([name, shape]) => {
        const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
        return [name, { shape, data }];
      }),
    ),
  );
}

Deno.test("a layer that is not complete is refused with all that is wrong", () => {
  const { "a.w": _, "a.aquantizer.lower": __, ...rest } = LAYER;
  const cases: [Record<string, readonly number[]>, string, string?][] = [
    [rest, "a.w is missing, a.aquantizer.lower is missing"],
    [{ ...LAYER, "a.b": [3] }, "a.b is [3], but it takes 2 values"],
    [
      { ...LAYER, "a.wquantizer.scale": [1, 1] },
      "a.wquantizer.scale is [1,1], but it takes 2 values",
    ],
    [{ ...LAYER, "a.w": [2, 3, 1] }, "a.w is [2,3,1], accepted is a matrix"],
    [
      { ...LAYER, "a.wquantizer.L": [2, 1] },
      "a still has its low-rank branch, so its training is not done",
    ],
    [LAYER, "Bits: found weights of 6, packed are weights of 4 or 3", "W6A6"],
    [
      {
        ...LAYER,
        "b.w": [2, 3],
        "b.wquantizer.scale": [2, 1],
        "b.wquantizer.zero_point": [2, 1],
      },
      "its layers have 5 and 0 learnt ranges",
    ],
  ];
  for (const [shapes, message, bits = "W4A4"] of cases) {
    assertThrows(
      () => new OfficialAsPacked(source(shapes), { bits: parseBits(bits) }),
      InputError,
      message,
    );
  }
});

Deno.test("a scale of zero is refused with layer and row", async () => {
  const packed = new OfficialAsPacked(source(LAYER), { bits: parseBits("4") });
  await assertRejects(
    () => packed.readBytes("a.qweight"),
    InputError,
    "Cannot pack a of file: the scale of row 0 is 0",
  );
});

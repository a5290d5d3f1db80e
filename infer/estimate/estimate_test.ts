import { assert, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../core/errors.ts";
import { Checkpoint } from "../../io/checkpoint.ts";
import { estimate } from "./estimate.ts";
import { modelConfigs } from "./model_configs.ts";
import { namedModel } from "./named_models.ts";

/** What was counted of the published checkpoints: transformer, text encoder, autoencoder. */
const COUNTS = {
  "Wan2.1-T2V-1.3B": [1_418_996_800, 5_680_910_336, 126_892_531],
  "Wan2.1-T2V-14B": [14_288_491_584, 5_680_910_336, 126_892_531],
  "CogVideoX-2B": [1_693_783_872, 4_762_310_656, 215_583_907],
  "CogVideoX1.5-5B": [5_570_676_352, 4_762_310_656, 215_583_907],
} as const;

Deno.test("the parameters of the named models are counted exactly", () => {
  for (const [name, counts] of Object.entries(COUNTS)) {
    const { parts } = estimate(namedModel(name)!, "f32");
    const { transformer, text_encoder, vae } = parts;
    assertEquals(
      [transformer, text_encoder, vae].map((p) => p.parameters),
      [...counts],
      name,
    );
    assertEquals(transformer.gpuBytes, 4 * counts[0]);
  }
});

/** Model, size, then TFLOP of linears, of self attention and of cross attention. */
const FLOPS = [
  ["Wan2.1-T2V-1.3B", [81, 480, 832], 82.1, 197.8, 3.1],
  ["Wan2.1-T2V-1.3B", [17, 480, 832], 19.7, 11.2, 0.7],
  ["Wan2.1-T2V-14B", [81, 480, 832], 785, 879, 13.7],
  ["Wan2.1-T2V-14B", [81, 720, 1280], 1810, 4682, 31.7],
  ["CogVideoX-2B", [49, 480, 720], 47.2, 72.8, 0],
  ["CogVideoX1.5-5B", [81, 768, 1360], 429, 1050, 0],
] as const;

Deno.test("FLOPs of one call are those that were counted by hand", () => {
  for (const [name, [frames, height, width], ...expected] of FLOPS) {
    const size = { frames, height, width };
    const { flops } = estimate(namedModel(name)!, "f16", size);
    const { linear, attention, cross } = flops;
    for (const [i, value] of [linear, attention, cross].entries()) {
      const got = value / 1e12;
      assert(
        Math.abs(got - expected[i]!) <= 0.006 * expected[i]! + 0.05,
        `${name} ${size.frames}: ${got}, counted ${expected[i]}`,
      );
    }
  }
});

Deno.test("packed weights take a quarter of f16, and the published bytes", () => {
  const bytes = (name: string, precision: "packed" | "f16" | "f32" | "fake") =>
    estimate(namedModel(name)!, precision).parts.transformer;
  for (const name of Object.keys(COUNTS)) {
    const share = bytes(name, "packed").diskBytes /
      bytes(name, "f16").diskBytes;
    assert(share > 0.25 && share < 0.2575, `${name}: ${share}`);
  }
  const { diskBytes } = bytes("Wan2.1-T2V-1.3B", "packed");
  assert(Math.abs(diskBytes / 0.72e9 - 1) < 0.01, `${diskBytes}`);
  const fake = bytes("Wan2.1-T2V-1.3B", "fake");
  assertEquals(fake.gpuBytes, bytes("Wan2.1-T2V-1.3B", "f32").gpuBytes);
});

Deno.test("a size that the model cannot make is refused with those it makes", () => {
  assertThrows(
    () =>
      estimate(namedModel("Wan2.1-T2V-1.3B")!, "packed", {
        frames: 80,
        height: 480,
        width: 832,
      }),
    InputError,
    "makes no clips of 80 frames of 832x480; accepted are 4k + 1 frames, heights in steps of 16 and widths of 16",
  );
});

Deno.test("a folder is estimated like a named model, and its files are counted", async () => {
  const { configs, foundBytes } = await modelConfigs("assets/tiny");
  const { parts, tokens } = estimate(configs, "f32");
  for (const part of ["transformer", "text_encoder", "vae"] as const) {
    using checkpoint = await Checkpoint.open(`assets/tiny/${part}`);
    const sizes = [...checkpoint.tensors.values()].map(({ size }) => size);
    const stored = sizes.reduce((a, b) => a + b, 0);
    assertEquals(parts[part].parameters, stored, part);
    assert(foundBytes[part]! >= 2 * stored, part);
  }
  assertEquals(tokens.text, configs.text_rows);
});

Deno.test("a transformer's config alone borrows the other parts of its class", async () => {
  const { configs } = await modelConfigs(
    "tests/fixtures/models/cogvideox_1_5_tiny/config.json",
  );
  assertEquals(configs.vae["_class_name"], "AutoencoderKLCogVideoX");
  assertEquals(configs.text_rows, 6);
  assert(estimate(configs, "packed").parts.transformer.parameters > 0);
});

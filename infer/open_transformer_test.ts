import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import { type Gpu, openGpu } from "../gpu/device.ts";
import { writeCheckpoint } from "../io/checkpoint_writer.ts";
import { assertClose } from "../tests/assert_close.ts";
import { uniform } from "../tests/check.ts";
import { quantizationOf } from "../tests/packed_layer.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import {
  packTiny,
  TINY_CONFIG,
  tinyTensors,
} from "../tests/tiny_transformer.ts";
import { Denoiser } from "./denoiser.ts";
import {
  type OpenedTransformer,
  openTransformer,
  type Precision,
} from "./open_transformer.ts";

const SHAPE = { batch: 2, latents: [16, 3, 8, 8], textRows: 8 } as const;

/** Velocities of the same random latents and text at three timesteps. */
async function predict(
  gpu: Gpu,
  { transformer, quantised }: OpenedTransformer,
): Promise<Float32Array[]> {
  const random = uniform(5);
  const values = (n: number) => new Float32Array(n).map(() => 2 * random());
  using denoiser = await Denoiser.create(gpu, transformer, SHAPE, quantised);
  denoiser.setText(values(2 * 8 * 36));
  const latents = values(2 * 16 * 3 * 8 * 8);
  const velocities = [];
  for (const timestep of [900, 500, 100]) {
    velocities.push(await denoiser.predict(latents, timestep));
  }
  return velocities;
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) =>
    x.reduce((sum, v, i) => sum + v * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

function maxDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i]!)), 0);
}

function inFolders(
  body: (
    folders: {
      plain: string;
      packed: (bits: 3 | 4, kept?: string[]) => Promise<string>;
    },
  ) => Promise<void>,
) {
  return inTemporaryFolder(async (parent) => {
    const plain = join(parent, "plain");
    await writeCheckpoint(plain, {
      config: TINY_CONFIG,
      tensors: tinyTensors(),
    });
    await body({
      plain,
      packed: async (bits, modules_to_not_convert = []) => {
        const folder = join(parent, `packed${bits}`);
        const quantization = {
          ...quantizationOf(bits),
          modules_to_not_convert,
        };
        await writeCheckpoint(folder, packTiny(quantization));
        return folder;
      },
    });
  });
}

for (const bits of [4, 3] as const) {
  Deno.test(`a packed W${bits}A${bits} transformer agrees with its fake-quantised form`, () =>
    inFolders(async ({ packed }) => {
      using gpu = await openGpu();
      const folder = await packed(bits, ["proj_out"]);
      const integers = await openTransformer(gpu, folder);
      const floats = await openTransformer(gpu, folder, "fake");
      assertEquals(integers.precision, "packed");
      assertEquals(floats.precision, "fake");
      assertEquals(integers.quantised?.rangeRule.count, 5);
      const [got, want] = [
        await predict(gpu, integers),
        await predict(gpu, floats),
      ];
      // An activation halfway between two codes may take either, and all that
      // follows sees it; but this is rare, so some call agrees altogether.
      for (const [i, y] of got.entries()) assert(cosine(y, want[i]!) > 0.998);
      const off = got.map((y, i) => maxDifference(y, want[i]!));
      assert(Math.min(...off) < 1e-5, `off by ${off}`);
      assert(integers.weightBytes < floats.weightBytes / 3);
    }));
}

Deno.test("an unquantised transformer is run with f32 or f16 weights", () =>
  inFolders(async ({ plain }) => {
    using gpu = await openGpu();
    const full = await openTransformer(gpu, plain);
    const half = await openTransformer(gpu, plain, "f16");
    assertEquals([full.precision, half.precision], ["f32", "f16"]);
    assertEquals(full.quantised, undefined);
    const [got, want] = [await predict(gpu, half), await predict(gpu, full)];
    got.forEach((y, i) => assertClose(y, want[i]!, { relToMax: 5e-3 }));
    assert(half.weightBytes < full.weightBytes * 0.6);
  }));

Deno.test("a precision that a folder does not have is refused with those it has", () =>
  inFolders(async ({ plain, packed }) => {
    using gpu = await openGpu();
    const quantised = await packed(4);
    const wrong: [string, Precision, string][] = [
      [plain, "packed", "which is not quantised; accepted is f32 or f16"],
      [plain, "fake", "which is not quantised; accepted is f32 or f16"],
      [quantised, "f16", "which is quantised; accepted is packed or fake"],
      [quantised, "f32", "which is quantised; accepted is packed or fake"],
    ];
    for (const [folder, precision, message] of wrong) {
      await assertRejects(
        () => openTransformer(gpu, folder, precision),
        InputError,
        `Precision: found ${precision} for ${folder}, ${message}`,
      );
    }
  }));

Deno.test("a transformer of another class, or a file without a config, is refused", () =>
  inFolders(async ({ plain }) => {
    using gpu = await openGpu();
    await assertRejects(
      () =>
        openTransformer(
          gpu,
          join(plain, "diffusion_pytorch_model.safetensors"),
        ),
      InputError,
      "it has no config; accepted is a folder",
    );
    await Deno.writeTextFile(
      join(plain, "config.json"),
      `{"_class_name": "Unet"}`,
    );
    await assertRejects(
      () => openTransformer(gpu, plain),
      InputError,
      `names the class "Unet", accepted is WanTransformer3DModel`,
    );
  }));

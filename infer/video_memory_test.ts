import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { InputError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import { type Gpu, openGpu } from "../gpu/device.ts";
import { writeCheckpoint } from "../io/checkpoint_writer.ts";
import { uniform } from "../tests/check.ts";
import { quantizationOf } from "../tests/packed_layer.ts";
import { inTemporaryFolder } from "../tests/temporary_folder.ts";
import {
  packTiny,
  TINY_COGVIDEOX,
  TINY_CONFIG,
  tinyTensors,
} from "../tests/tiny_transformer.ts";
import { Denoiser } from "./denoiser.ts";
import { openTransformer, type Precision } from "./open_transformer.ts";
import { demandOf, mustStream } from "./video_memory.ts";
import { declareTransformer } from "../models/transformers.ts";

const SHAPE = { batch: 2, latents: [16, 4, 8, 8], textRows: 8 } as const;

/** Velocities of two timesteps, and how many blocks were streamed. */
async function run(
  gpu: Gpu,
  folder: string,
  precision: Precision,
  bytes?: number,
) {
  const limit = bytes === undefined ? undefined : { bytes, shape: SHAPE };
  using opened = await openTransformer(gpu, folder, precision, { limit });
  const { transformer, quantised, streamedBlocks } = opened;
  using denoiser = await Denoiser.create(gpu, transformer, SHAPE, quantised);
  const random = uniform(3);
  const values = (n: number) => new Float32Array(n).map(random);
  denoiser.setText(values(2 * 8 * 36));
  const latents = values(2 * 16 * 4 * 8 * 8);
  const velocities = [
    await denoiser.predict(latents, 900),
    await denoiser.predict(latents, 300),
  ];
  return { velocities, streamedBlocks };
}

/** The least limit, as the refusal of a lower one tells it. */
async function least(
  gpu: Gpu,
  folder: string,
  precision: Precision,
): Promise<number> {
  const refused = run(gpu, folder, precision, 1000);
  await assertRejects(() => refused, InputError, "take at least");
  const { message } = await refused.catch((error) => error);
  return Number(/take at least (\d+)/.exec(message)![1]);
}

const WAN = { ...TINY_CONFIG, num_layers: 5 };
const COGVIDEOX = { ...TINY_COGVIDEOX, num_layers: 5 };

const CASES: [string, JsonObject, Precision][] = [
  ["Wan", WAN, "f32"],
  ["Wan", TINY_CONFIG, "packed"],
  ["CogVideoX", COGVIDEOX, "f16"],
];

for (const [name, config, precision] of CASES) {
  Deno.test(`streamed blocks of a ${precision} ${name} give the same bits in less memory`, () =>
    inTemporaryFolder(async (parent) => {
      const folder = join(parent, "transformer");
      await writeCheckpoint(
        folder,
        precision === "packed"
          ? packTiny(quantizationOf(4))
          : { config, tensors: tinyTensors(1, config) },
      );
      using gpu = await openGpu();
      const limit = await least(gpu, folder, precision);
      const streamed = await run(gpu, folder, precision, limit);
      const { peak } = gpu.pool.bytes;
      assert(peak <= limit && peak > limit * 0.97, `${peak} of ${limit}`);
      assertEquals(streamed.streamedBlocks, config["num_layers"]);
      const resident = await run(gpu, folder, precision, 2 ** 30);
      assertEquals(resident.streamedBlocks, 0);
      assertEquals(streamed.velocities, resident.velocities);
    }));
}

Deno.test("what a transformer demands is worked out without its weights", async () => {
  using gpu = await openGpu();
  const network = declareTransformer(WAN, "config.json");
  const demand = demandOf(gpu, network, SHAPE);
  const { resident, streamed } = demand;
  assert(streamed < resident);
  assertEquals(gpu.pool.bytes.pinned, 0);
  const limit = (bytes: number) => ({ bytes, shape: SHAPE });
  assertEquals(mustStream(demand, limit(resident), "x"), false);
  assertEquals(mustStream(demand, limit(resident - 1), "x"), true);
  assertThrows(
    () => mustStream(demand, limit(streamed - 1), "x"),
    InputError,
    `Cannot run x in ${streamed - 1} bytes`,
  );
});

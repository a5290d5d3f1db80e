import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { InputError } from "../../core/errors.ts";
import { type Gpu, openGpu } from "../../gpu/device.ts";
import { Checkpoint } from "../../io/checkpoint.ts";
import { assertClose, uniform } from "../../tests/check.ts";
import { readCase } from "../../tests/read_case.ts";
import { joinFrames } from "./clip.ts";
import { openVae } from "./open.ts";
import { readerOf, type VaeOptions, type VideoVae } from "./video_vae.ts";

const FOLDER = fromFileUrl(
  new URL("../../tests/fixtures/models/wan_vae_tiny", import.meta.url),
);
const SIZE = { frames: 9, height: 16, width: 24 };

async function open(gpu: Gpu): Promise<VideoVae> {
  using checkpoint = await Checkpoint.open(FOLDER);
  return await openVae(gpu, checkpoint);
}

async function decoded(
  vae: VideoVae,
  latents: Float32Array,
  size = SIZE,
  options?: VaeOptions,
): Promise<Float32Array<ArrayBuffer>> {
  const chunks = await Array.fromAsync(vae.decode(latents, size, options));
  return joinFrames(chunks).data;
}

for (const without of [[], ["subgroups"]] as const) {
  const form = without.length ? "workgroup memory" : "subgroups";
  Deno.test(`AutoencoderKLWan encodes and decodes as diffusers does with ${form}`, async () => {
    const { json, tensor } = readCase<{ tolerance: { rel_to_max: number } }>(
      "models/wan_vae_tiny_io",
    );
    const near = json.tolerance.rel_to_max;
    using gpu = await openGpu({ without });
    using vae = await open(gpu);
    const data = tensor("in.video");
    const read = readerOf({ shape: [3, 9, 16, 24], data });
    const moments = (await vae.encode(read, SIZE)).data;
    assertClose(moments, tensor("out.moments"), near);
    const latents = vae.scaled(tensor("in.latent"));
    assertClose(await decoded(vae, latents), tensor("out.decoded"), near);
  });
}

Deno.test("VideoVae lets frames leave in chunks, and no longer clip takes more memory", async () => {
  using gpu = await openGpu();
  using vae = await open(gpu);
  const random = uniform(2);
  const peaks: number[] = [];
  for (const frames of [9, 25]) {
    const size = { ...SIZE, frames };
    const [C, T, H, W] = vae.latentShape(size);
    const z = Float32Array.from({ length: C * T * H * W }, random);
    const chunks = await Array.fromAsync(vae.decode(z, size));
    assertEquals(chunks[0]!.shape, [3, 1, 16, 24]);
    assertEquals(
      chunks.slice(1).map(({ shape }) => shape),
      Array.from({ length: T - 1 }, () => [3, 4, 16, 24] as const),
    );
    peaks.push(gpu.pool.bytes.peak);
  }
  assertEquals(peaks[1], peaks[0]);
});

Deno.test("VideoVae blends tiles, and one tile is the whole", async () => {
  using gpu = await openGpu();
  using vae = await open(gpu);
  const size = { frames: 1, height: 16, width: 40 };
  const [C, T, H, W] = vae.latentShape(size);
  const z = Float32Array.from({ length: C * T * H * W }, uniform(3));
  const whole = await decoded(vae, z, size);
  const one = { tile: [H, W], step: [H, W] } as const;
  assertEquals(await decoded(vae, z, size, { tiling: one }), whole);
  const tiling = { tile: [2, 4], step: [2, 3] } as const;
  const blended = await decoded(vae, z, size, { tiling });
  assertEquals(blended.length, whole.length);
  // Tiles see less of a frame, so they differ from the whole, but little.
  const mean = (values: Float32Array) =>
    values.reduce((sum, v) => sum + Math.abs(v), 0) / values.length;
  const off = mean(blended.map((v, i) => v - whole[i]!));
  assert(off > 0 && off < 0.5 * mean(whole), `off by ${off}`);
  const read = readerOf({ shape: [3, 1, 16, 40], data: whole });
  const moments = await vae.encode(read, size, { tiling });
  assertEquals(moments.shape, [2 * C, T, H, W]);
});

Deno.test("VideoVae names the nearest size of a clip it cannot take", async () => {
  using gpu = await openGpu();
  using vae = await open(gpu);
  assertThrows(
    () => vae.latentShape({ frames: 10, height: 20, width: 24 }),
    InputError,
    "the nearest is 9 frames of 24x24",
  );
  await assertRejects(
    () => decoded(vae, new Float32Array(7)),
    RangeError,
    "Cannot take latents: [4,3,2,3] has 72 values, found 7",
  );
});

Deno.test("openVae() refuses what it does not know", async () => {
  using gpu = await openGpu();
  const source = {
    path: "vae",
    config: { _class_name: "AutoencoderTiny" },
    tensors: new Map(),
    readF32: () => Promise.reject(new Error("not read")),
    readF16: () => Promise.reject(new Error("not read")),
    readBytes: () => Promise.reject(new Error("not read")),
  };
  await assertRejects(
    () => openVae(gpu, source),
    InputError,
    'vae holds the class "AutoencoderTiny", accepted is AutoencoderKLWan or AutoencoderKLCogVideoX',
  );
});

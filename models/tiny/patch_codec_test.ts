import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { InputError } from "../../core/errors.ts";
import { Stream } from "../../core/random.ts";
import { scorePrompt, scoreTable } from "../../train/data/evaluation.ts";
import { DEFAULT_SIZE, proceduralClip } from "../../train/data/procedural.ts";
import { MemorySource } from "../weights/load.ts";
import { PatchCodec } from "./patch_codec.ts";
import { cutPatches, joinPatches } from "./patches.ts";

const small = {
  patch_size: [2, 4, 4] as [number, number, number],
  latent_channels: 96, // all of a patch's 3 x 2 x 4 x 4 values
  frames: 4,
  height: 24,
  width: 28,
  fps: 8,
};

function clips(count: number, seed = 1, size = DEFAULT_SIZE) {
  return Array.from({ length: count }, (_, i) => proceduralClip(seed, i, size));
}

function videos(count: number, seed = 1, size = DEFAULT_SIZE) {
  return clips(count, seed, size).map(({ video }) => video);
}

/** A codec of random numbers, for what does not depend on them. */
function randomCodec(): PatchCodec {
  const random = new Stream(5, "codec");
  return new PatchCodec(
    { ...small, latent_channels: 8 },
    random.normals(96),
    random.normals(8 * 96),
    random.uniforms(8).map((u) => u + 0.5),
  );
}

Deno.test("cutPatches() orders a patch by channel, frame, row and column", () => {
  const size = { frames: 4, height: 4, width: 6 };
  const video = Float32Array.from({ length: 3 * 96 }, (_, i) => i);
  const rows = cutPatches(video, size, [2, 2, 3]);
  const at = (c: number, f: number, y: number, x: number) =>
    ((c * 4 + f) * 4 + y) * 6 + x;
  // Token (1, 0, 1): frames 2 to 3, rows 0 to 1, columns 3 to 5.
  const expected = [];
  for (let c = 0; c < 3; c++) {
    for (let t = 2; t < 4; t++) {
      for (let y = 0; y < 2; y++) {
        for (let x = 3; x < 6; x++) expected.push(at(c, t, y, x));
      }
    }
  }
  const token = 1 * 4 + 0 * 2 + 1;
  assertEquals([...rows.subarray(token * 36, (token + 1) * 36)], expected);
  assertEquals(joinPatches(rows, size, [2, 2, 3]), video);
});

Deno.test("PatchCodec of all channels gives any clip back", () => {
  const codec = PatchCodec.fit(small, videos(20, 1, small));
  const noise = new Stream(1, "pixels").normals(3 * 4 * 24 * 28);
  const back = codec.decode(codec.encode(noise, small), small);
  back.forEach((v, i) => assertAlmostEquals(v, noise[i]!, 1e-3));
});

Deno.test("PatchCodec keeps in 48 channels what the oracle reads", () => {
  const codec = PatchCodec.fit(
    { ...small, ...DEFAULT_SIZE, patch_size: [4, 8, 8], latent_channels: 48 },
    videos(60),
  );
  let power = 0;
  let error = 0;
  const fresh = clips(60, 2);
  const scores = fresh.map(({ video, factors }) => {
    const z = codec.encode(video, DEFAULT_SIZE);
    power += z.reduce((sum, v) => sum + v * v, 0) / z.length / fresh.length;
    const back = codec.decode(z, DEFAULT_SIZE);
    error += back.reduce((sum, v, i) => sum + (v - video[i]!) ** 2, 0) /
      back.length / fresh.length;
    return scorePrompt(back, factors, DEFAULT_SIZE);
  });
  assertEquals(scoreTable(scores).all, 1);
  const psnr = 10 * Math.log10(4 / error);
  assert(psnr > 29, `PSNR is ${psnr}`);
  assertAlmostEquals(power, 1, 0.15); // noise of variance 1 is mixed in
});

Deno.test("PatchCodec.load() reads back what tensors() gives", async () => {
  const codec = randomCodec();
  const source = Object.assign(new MemorySource("vae", codec.tensors()), {
    config: { _class_name: "PatchCodec", ...codec.config },
  });
  const read = await PatchCodec.load(source);
  const z = new Stream(2, "latents").normals(8 * 2 * 6 * 7);
  assertEquals(read.decode(z, small), codec.decode(z, small));
});

Deno.test("PatchCodec.load() names the tensor or the key that is wrong", async () => {
  const codec = randomCodec();
  const withConfig = (config: unknown) =>
    Object.assign(new MemorySource("vae", codec.tensors()), { config });
  await assertRejects(
    () => PatchCodec.load(withConfig({ ...codec.config, latent_channels: 9 })),
    InputError,
    "axes is [8,96], the config takes [9,96]",
  );
  await assertRejects(
    () => PatchCodec.load(withConfig({ ...codec.config, fps: "fast" })),
    InputError,
    "fps",
  );
});

Deno.test("latentShape() names the nearest size that divides into patches", () => {
  const codec = randomCodec();
  assertEquals(codec.latentShape(small), [8, 2, 6, 7]);
  assertThrows(
    () => codec.latentShape({ frames: 5, height: 24, width: 30 }),
    InputError,
    "nearest is 6 frames of 32x24",
  );
});

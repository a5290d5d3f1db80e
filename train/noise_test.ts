import { assertEquals } from "@std/assert";
import { assertClose } from "../tests/assert_close.ts";
import { readCase } from "../tests/read_case.ts";
import { addNoise, noiseLevel, velocity } from "./noise.ts";

interface TrainWan {
  tolerance: { abs: number };
}

Deno.test("Noise levels, noisy latents and velocities are the reference's", () => {
  const { json: { tolerance }, tensor } = readCase<TrainWan>(
    "schedulers/train_wan",
  );
  const latents = tensor("latents");
  const noise = tensor("noise");
  const levels = [...tensor("u")].map((u) => noiseLevel(u));
  assertEquals(
    levels.map((level) => level.timestep),
    [...tensor("timesteps")],
  );
  assertClose(levels.map((level) => level.sigma), tensor("sigmas"), tolerance);

  const size = latents.length / levels.length;
  const item = (all: Float32Array, b: number) =>
    all.subarray(b * size, (b + 1) * size);
  for (const [b, { sigma }] of levels.entries()) {
    const x0 = item(latents, b);
    const eps = item(noise, b);
    assertClose(
      addNoise(x0, eps, sigma),
      item(tensor("noisy"), b),
      tolerance,
      `x_t of item ${b}`,
    );
    assertClose(
      velocity(x0, eps),
      item(tensor("target_without_teacher"), b),
      tolerance,
      `target of item ${b}`,
    );
  }
});

Deno.test("noiseLevel() walks the reference's whole table", () => {
  const sigmas = readCase("schedulers/train_wan").tensor("all_sigmas");
  for (const [i, sigma] of sigmas.entries()) {
    assertEquals(noiseLevel((i + 0.5) / 1000), {
      timestep: 1000 - i,
      sigma,
    });
  }
});

Deno.test("noiseLevel() covers both ends of u", () => {
  assertEquals(noiseLevel(0), { timestep: 1000, sigma: 1 });
  assertEquals(noiseLevel(1 - 2 ** -24).timestep, 1);
  assertEquals(noiseLevel(1).timestep, 1);
  assertEquals(noiseLevel(0.99, 10), { timestep: 1, sigma: Math.fround(0.1) });
});

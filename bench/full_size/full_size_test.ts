import { assert, assertEquals } from "@std/assert";
import { openGpu } from "../../gpu/device.ts";
import { Denoiser } from "../../infer/denoiser.ts";
import { PRECISIONS } from "../../infer/precision.ts";
import { declareTransformer } from "../../models/transformers.ts";
import { TINY_COGVIDEOX, TINY_CONFIG } from "../../tests/tiny_transformer.ts";
import { randomNetwork } from "./network.ts";
import { recordBlock } from "./one_block.ts";
import { RandomSource } from "./random_source.ts";

Deno.test("random weights follow from seed, name and place, and have unit gain", async () => {
  const network = declareTransformer(TINY_CONFIG, "config.json");
  const source = new RandomSource(network, 7);
  const name = "blocks.0.ffn.net.2.weight"; // [48, 140]
  const all = await source.readF32(name);
  const part = await source.readF32(name, { start: 280, count: 140 });
  assertEquals(part, all.slice(280, 420));
  assertEquals(await new RandomSource(network, 7).readF32(name), all);
  const other = await new RandomSource(network, 8).readF32(name);
  assert(other.every((v, i) => v !== all[i]));
  const gain = all.reduce((sum, v) => sum + v * v, 0) / 48;
  assert(Math.abs(gain - 1) < 0.05, `gain ${gain}`);
});

for (const config of [TINY_CONFIG, TINY_COGVIDEOX]) {
  Deno.test(`a block and a call of a random ${config["_class_name"]} run in every form`, async () => {
    using gpu = await openGpu();
    const shape = { batch: 2, latents: [16, 2, 4, 4], textRows: 8 } as const;
    for (const form of PRECISIONS) {
      const network = await randomNetwork(gpu, config, form, 1);
      const { transformer, quantised } = network;
      using block = await recordBlock(gpu, transformer, shape, quantised);
      await block.plan.runInParts();
      using denoiser = await Denoiser.create(
        gpu,
        transformer,
        shape,
        quantised,
      );
      denoiser.setText(new Float32Array(2 * 8 * 36).fill(0.5));
      const latents = new Float32Array(2 * 16 * 2 * 4 * 4).fill(0.5);
      const velocity = await denoiser.predict(latents, 999);
      assert(velocity.every(Number.isFinite) && velocity.some((v) => v !== 0));
    }
  });
}

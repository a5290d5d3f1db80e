import { assertEquals } from "@std/assert";
import { type Gpu, openGpu, record } from "../../../gpu/mod.ts";
import {
  fromArray,
  gradients,
  mean,
  pinned,
  square,
  type Tensor,
} from "../../../autograd/mod.ts";
import { block, blockInputs, floatLayers, LAYERS } from "./block.ts";
import { packedLayers } from "./packed.ts";

/** How many dispatches a plan takes that keeps what `trace` returns. */
async function dispatches(
  gpu: Gpu,
  trace: () => readonly (Tensor | undefined)[],
): Promise<number> {
  using plan = await record(
    gpu,
    () => trace().forEach((tensor) => tensor!.keep()),
  );
  return plan.steps.length;
}

Deno.test("the block takes so many dispatches, not one more", async () => {
  using gpu = await openGpu();
  const { x, mods } = blockInputs(gpu);
  const weights = LAYERS.map((shape) => pinned(shape));
  const float = () => block(x, floatLayers(weights), mods);
  // Two norms, six products and attention; GELU, gates and residuals are in them.
  assertEquals(await dispatches(gpu, () => [float()]), 9);
  const one = fromArray(gpu, [1], [1]);
  const trained = await dispatches(
    gpu,
    () => gradients(mean(square(float())), one, weights),
  );
  assertEquals(trained, 32);
  const packed = await packedLayers(gpu);
  assertEquals(await dispatches(gpu, () => [block(x, packed, mods)]), 13);
});

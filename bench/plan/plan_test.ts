import { assert, assertEquals } from "@std/assert";
import { namedModel } from "../../infer/estimate/named_models.ts";
import { paperGpu } from "./paper_gpu.ts";
import { recordTrainingStep } from "./training_step.ts";

Deno.test("a training step of Wan-1.3B at full depth is recorded and placed in seconds", async () => {
  const { transformer } = namedModel("Wan2.1-T2V-1.3B")!;
  const shape = { batch: 1, latents: [16, 5, 60, 104], textRows: 512 } as const;
  const gpu = paperGpu();
  const cost = await recordTrainingStep(gpu, transformer, shape, false);
  assertEquals(cost.parameters, 2661);
  assert(cost.dispatches > 7000, `${cost.dispatches} dispatches`);
  // A third of a second where nothing else runs; 8.5 s where each parameter walks the plan.
  assert(cost.recordSeconds < 5, `${cost.recordSeconds} s`);
  // Weights of both, gradients and moments: all of it is counted, none exists.
  assert(gpu.pool.bytes.pinned > 5 * 4 * 1.3e9);
});

import { assert, assertThrows } from "@std/assert";
import { detach, gradients } from "../autograd/op.ts";
import { mse } from "../autograd/losses.ts";
import { fromArray } from "../autograd/tensor.ts";
import { InputError } from "../core/errors.ts";
import { openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { parameters } from "../models/module.ts";
import { declareTransformer } from "../models/transformers.ts";
import { TINY_COGVIDEOX, TINY_CONFIG } from "../tests/tiny_transformer.ts";
import { checkBindings, trainMemory } from "./memory_estimate.ts";
import { declareStudent } from "./qvgen/student.ts";

const CALL = { batch: 2, latents: [16, 2, 16, 16], textRows: 32 } as const;
const SETTINGS = {
  bits: { weights: 4, activations: 4 },
  rank: 8,
  ranges: { count: 50, ratio: 0.95 },
} as const;

Deno.test("trainMemory() foresees what a step takes, with and without checkpointing", async () => {
  using gpu = await openGpu();
  for (const config of [TINY_CONFIG, TINY_COGVIDEOX]) {
    for (const checkpointing of [false, true]) {
      const json = { ...config, num_layers: 4 };
      const teacher = declareTransformer(json, "the test");
      const { transformer, context } = declareStudent(teacher, SETTINGS);
      const memory = trainMemory(teacher, transformer, CALL);
      const pinned = gpu.pool.bytes.pinned;
      for (const network of [teacher, transformer]) {
        for (const [, p] of parameters(network)) {
          p.write(gpu, new Float32Array(p.size));
        }
      }
      const taken = gpu.pool.bytes.pinned - pinned;
      assert(
        Math.abs(taken / (memory.teacher + memory.student / 4) - 1) < 0.01,
      );
      transformer.checkpointing = checkpointing;
      const inputs = teacher.inputs(gpu, CALL);
      context.setBatch(CALL.batch);
      const one = fromArray(gpu, [1], [1]);
      const trained = [...parameters(transformer)].map(([, p]) => p);
      using plan = await record(gpu, () => {
        const target = detach(teacher.forward(inputs));
        const loss = mse(transformer.forward(inputs), target);
        return gradients(loss, one, trained).map((gradient) =>
          gradient!.keep()
        );
      });
      const { activations, checkpointed } = memory;
      const ratio = (checkpointing ? checkpointed : activations) /
        plan.plannedBytes;
      assert(ratio > 0.7 && ratio < 1.4, `${ratio}`);
      teacher[Symbol.dispose]();
      transformer[Symbol.dispose]();
    }
  }
});

Deno.test("checkBindings() names the weight or the batch that is too large for an adapter", () => {
  const network = declareTransformer(TINY_CONFIG, "the test");
  checkBindings(network, CALL, 2 ** 20);
  assertThrows(
    () => checkBindings(network, CALL, 20_000),
    InputError,
    "condition_embedder.time_proj.weight has 55296 bytes, it binds at most 20000",
  );
  assertThrows(
    () => checkBindings(network, CALL, 100_000),
    InputError,
    "a batch of 2 makes tensors of",
  );
});

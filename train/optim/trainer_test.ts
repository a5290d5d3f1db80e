import { assert, assertEquals, assertThrows } from "@std/assert";
import { mse } from "../../autograd/losses.ts";
import { fromArray, type Tensor } from "../../autograd/tensor.ts";
import { type Gpu, openGpu } from "../../gpu/device.ts";
import { Parameter } from "../../models/module.ts";
import { AdamW } from "./optimizer.ts";
import { ParameterArena } from "./parameter_arena.ts";
import { type Objective, Trainer } from "./trainer.ts";

/** Fits two numbers; `keyOf` names the plan of a step. */
function training(gpu: Gpu, keyOf: (step: number) => string = () => "one") {
  const w = new Parameter([2]).write(gpu, Float32Array.of(0, 0));
  const target = fromArray(gpu, [2], [1, -1]);
  const recorded: number[] = [];
  const optimizer = new AdamW(gpu, ParameterArena.create(gpu, [["w", w]]));
  const objective: Objective = {
    planKey: keyOf,
    loss(step): Tensor {
      recorded.push(step);
      return mse(w, target);
    },
    prepare() {},
  };
  const trainer = new Trainer(gpu, objective, optimizer, {
    rateOf: () => 0.01,
  });
  return { trainer, recorded };
}

/** Counts what is asked of the device and its queue. */
function watch({ device }: Gpu) {
  const { queue } = device;
  const counts = { buffers: 0, submits: 0, waits: 0 };
  const { createBuffer } = device;
  const { submit, onSubmittedWorkDone } = queue;
  device.createBuffer = (descriptor) => {
    counts.buffers++;
    return createBuffer.call(device, descriptor);
  };
  queue.submit = (commands) => {
    counts.submits++;
    submit.call(queue, commands);
  };
  queue.onSubmittedWorkDone = () => {
    counts.waits++;
    return onSubmittedWorkDone.call(queue);
  };
  return counts;
}

Deno.test("a plan serves all steps of its key, and is recorded anew for another", async () => {
  using gpu = await openGpu();
  const { trainer, recorded } = training(gpu, (step) => `${step >> 1 & 1}`);
  using _trainer = trainer;
  for (let step = 0; step < 5; step++) await trainer.step(step);
  assertEquals(recorded, [0, 2, 4]);
  const steps = await trainer.read();
  assertEquals(steps.map(({ step }) => step), [0, 1, 2, 3, 4]);
  assert(steps[4]!.loss < steps[0]!.loss);
});

Deno.test("a learning rate that is no number is refused before its step", async () => {
  using gpu = await openGpu();
  using w = new Parameter([2]).write(gpu, Float32Array.of(1, 2));
  using arena = ParameterArena.create(gpu, [["w", w]]);
  using optimizer = new AdamW(gpu, arena);
  for (const rate of [NaN, Infinity]) {
    assertThrows(
      () => optimizer.prepareStep(() => rate),
      RangeError,
      `the learning rate of weight is ${rate}`,
    );
  }
});

Deno.test("a thousand steps make no buffer and wait for nothing, a submission each", async () => {
  using gpu = await openGpu();
  using trainer = training(gpu).trainer;
  for (let step = 0; step < 4; step++) await trainer.step(step);
  const counts = watch(gpu);
  const { bytes } = gpu.pool;
  let measured = 0; // anew, where something else held the machine up
  for (let step = 4; step < 1004; step++) {
    if (trainer.full) {
      await trainer.read();
      counts.buffers = 0; // the copy on its way to the host
    }
    counts.submits = counts.waits = 0;
    await trainer.step(step);
    if (counts.waits > 0 || counts.submits > 1) measured++;
    assertEquals(counts.buffers, 0);
  }
  assert(measured < 10, `${measured} steps were waited for`);
  assertEquals(gpu.pool.bytes, bytes);
  const steps = await trainer.read();
  assert(steps.at(-1)!.loss < 1e-3);
});

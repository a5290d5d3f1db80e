import { assert } from "@std/assert";
import { full } from "../autograd/full.ts";
import { gradients } from "../autograd/op.ts";
import { fromArray, readAll } from "../autograd/tensor.ts";
import type { JsonObject } from "../core/json.ts";
import { openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { assertClose, uniform } from "../tests/check.ts";
import { TINY_COGVIDEOX, TINY_CONFIG } from "../tests/tiny_transformer.ts";
import { parameters } from "./module.ts";
import { declareTransformer } from "./transformers.ts";

/** The velocity, all gradients and the planned bytes of one call. */
async function call(config: JsonObject, checkpointing: boolean) {
  using gpu = await openGpu();
  const random = uniform(5);
  const model = declareTransformer({ ...config, num_layers: 4 }, "config");
  model.checkpointing = checkpointing;
  const all = [...parameters(model)].map(([, parameter]) => parameter);
  const shape = { batch: 2, latents: [16, 2, 4, 4] as const, textRows: 3 };
  const inputs = model.inputs(gpu, { ...shape, latents: [16, 2, 4, 4] });
  for (const t of [...all, inputs.latents, inputs.time, inputs.text]) {
    const scale = 2 / Math.sqrt(t.shape.at(-1)!);
    t.write(gpu, new Float32Array(t.size).map(() => scale * random()));
  }
  using plan = await record(gpu, () => {
    const y = model.forward(inputs);
    const dy = fromArray(gpu, y.shape, new Float32Array(y.size).fill(1));
    const grads = gradients(y, dy, all);
    return [
      y.keep(),
      ...grads.map((g, i) => (g ?? full(all[i]!.shape, 0)).keep()),
    ];
  });
  plan.run();
  return { values: await readAll(gpu, plan.result), bytes: plan.plannedBytes };
}

for (const config of [TINY_CONFIG, TINY_COGVIDEOX]) {
  Deno.test(`${config["_class_name"]} computes its blocks again in less memory`, async () => {
    const kept = await call(config, false);
    const again = await call(config, true);
    // What no gradient reads is fused, which rounds otherwise.
    assertClose(again.values[0]!, kept.values[0]!, 1e-6, "velocity");
    for (const [i, values] of again.values.entries()) {
      assertClose(values, kept.values[i]!, 1e-5, `gradient ${i}`);
    }
    assert(
      again.bytes < 0.7 * kept.bytes,
      `${again.bytes} bytes instead of ${kept.bytes}`,
    );
  });
}

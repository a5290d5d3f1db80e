import { assertEquals } from "@std/assert";
import { fromArray, readAll } from "../../autograd/tensor.ts";
import { openGpu } from "../../gpu/device.ts";
import { record } from "../../gpu/record.ts";
import { uniform } from "../../tests/check.ts";
import { quantizationOf } from "../../tests/packed_layer.ts";
import { Linear } from "../linears/linear.ts";
import { parameters } from "../module.ts";
import { QuantContext } from "../quant/context.ts";
import { forwardAll } from "./forward_all.ts";
import { PackedLinear } from "../linears/packed_linear.ts";

for (const all of [true, false]) {
  const which = all ? "all" : "some";
  Deno.test(`forwardAll() gives each linear's own result where ${which} are packed`, async () => {
    using gpu = await openGpu();
    const random = uniform(3);
    const context = new QuantContext();
    const quantization = quantizationOf(4);
    const packed = [0, 1, 2].map(() =>
      new PackedLinear(new Linear(40, 12), { quantization, context })
    );
    const layers = all ? packed : [...packed, new Linear(40, 12)];
    for (const layer of layers) {
      for (const [, p] of parameters(layer)) {
        const values = Float32Array.from({ length: p.size }, () => random());
        p.write(
          gpu,
          p.dtype === "u32" ? new Uint32Array(values.buffer) : values,
        );
      }
    }
    using once = await record(
      gpu,
      () => packed.forEach((l) => l.emitRowSums()),
    );
    once.run();
    context.setBatch(1).write(gpu, Uint32Array.of(2));
    const x = fromArray(gpu, [1, 9, 40], Array.from({ length: 360 }, random));
    using plan = await record(
      gpu,
      () =>
        [...forwardAll(x, layers), ...layers.map((l) => l.forward(x))]
          .map((t) => t.keep()),
    );
    plan.run();
    const got = await readAll(gpu, plan.result);
    const n = layers.length;
    assertEquals(got.slice(0, n), got.slice(n));
  });
}

import { openGpu } from "../gpu/device.ts";
import { record } from "../gpu/record.ts";
import { backwardTiles, forwardTiles } from "../kernels/attention_tiles.ts";
import { assertClose } from "../tests/assert_close.ts";
import { uniform } from "../tests/check.ts";
import { asHardware, inEveryForm } from "../tests/every_form.ts";
import { attention } from "./attention.ts";
import { gradients } from "./op.ts";
import { fromArray, readAll } from "./tensor.ts";

// [B, Lq, Lk, H, Dh]
const SIZES = [[2, 37, 70, 2, 24], [1, 70, 19, 1, 68]] as const;

for (const [B, lq, lk, H, Dh] of SIZES) {
  Deno.test(`attention() is the same in every form of GPUs, ${lq} x ${lk} in heads of ${Dh}`, async () => {
    using gpu = await openGpu();
    const random = uniform(Dh);
    const tensor = (shape: number[], f = (v: number) => v) =>
      fromArray(
        gpu,
        shape,
        Array.from(
          { length: shape.reduce((a, b) => a * b) },
          () => f(random()),
        ),
      );
    const q = tensor([B, lq, H, Dh], (v) => 2 * v);
    const [k, v] = [tensor([B, lk, H, Dh]), tensor([B, lk, H, Dh])];
    const dy = tensor([B, lq, H, Dh]);
    const keyMask = tensor([B, lk], (v) => Number(v > -0.5));
    const bias = tensor([1, H, lq, lk]);
    const run = async () => {
      using plan = await record(gpu, () => {
        const y = attention(q, k, v, { keyMask, bias });
        return [y, ...gradients(y, dy, [q, k, v])].map((t) => t!.keep());
      });
      plan.run();
      return await readAll(gpu, plan.result);
    };
    const want = await run(); // as a CPU does it
    asHardware(gpu);
    const size = { own: lq, walked: lk, quads: Dh / 4 };
    const forms = [
      ...forwardTiles(size, gpu.traits),
      ...backwardTiles(size, false, gpu.traits),
    ].map(({ name }) => name).filter((name) => name.startsWith("staged"));
    await inEveryForm(gpu, forms, async () => {
      (await run()).forEach((y, i) =>
        assertClose(y, want[i]!, { relToMax: 1e-5 })
      );
    });
  });
}
